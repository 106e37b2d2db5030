/** Under which the Service Control Manager and the Event Log know the agent. */
export const SERVICE_NAME = "PortolanAgent";
export const DISPLAY_NAME = "Portolan Agent";
export const DESCRIPTION =
  "Watches which ports listen on this server and who connects to whom, and reports to the Portolan collector. Opens no port.";

/**
 * A virtual account: it exists with the service alone, has no password and no rights beyond those of any service. What
 * it can't see are the owners of other accounts' processes; their names and paths it can.
 */
export const ACCOUNT = `NT SERVICE\\${SERVICE_NAME}`;

/** Codes with which the service ends, as `sc query` shows them (SERVICE_EXIT_CODE); 0 is a stop as asked. */
export const EXIT = { failed: 1, badConfiguration: 2, notEnrolled: 3 } as const;
