import { SERVICE_NAME } from "./service-name.ts";
import { serviceSid } from "./service-sid.ts";

/** Security Descriptor Definition Language: owner, then full control (FA) for the system and administrators, nothing inherited. */
const ADMINISTRATORS_ONLY = "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
/** Read, write, make and delete, but neither give rights nor delete what is another's: FILE_ALL_ACCESS less those. */
const CHANGE = "0x1301bf";
const READ = "FR";

/** The state folder and all in it: the service keeps identity, spool and log there. */
export const STATE_ACCESS = `${ADMINISTRATORS_ONLY}(A;OICI;${CHANGE};;;${serviceSid(SERVICE_NAME)})`;

/** The settings: an administrator's word, which the service only reads. */
export const CONFIG_ACCESS = `${ADMINISTRATORS_ONLY.replaceAll("OICI", "")}(A;;${READ};;;${serviceSid(SERVICE_NAME)})`;
