/** SERVICE_STATUS of winsvc.h, as koffi describes a structure. */
export const SERVICE_STATUS = {
  type: "uint32",
  state: "uint32",
  accepted: "uint32",
  win32ExitCode: "uint32",
  serviceExitCode: "uint32",
  checkPoint: "uint32",
  waitHint: "uint32",
};

/** Its type: a service with a process of its own. */
export const OWN_PROCESS = 0x10;

/** The states that it tells. */
export const STATE = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;
