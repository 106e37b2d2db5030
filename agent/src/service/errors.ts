import { AgentError } from "../errors.ts";
import { isWindows } from "../platform.ts";

/** The service can't be installed or removed, for a reason that one sentence tells. */
export class ServiceError extends AgentError {
  override name = "ServiceError";
}

/** The end of a command that only Windows has; names what another system has instead. */
export function requireWindows(command: string): void {
  if (isWindows()) return;
  throw new ServiceError(
    `${command} makes a Windows service; on Linux use the systemd unit agent/systemd/portolan-agent.service (docs/install.md)`,
  );
}
