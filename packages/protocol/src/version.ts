/** The version of the wire format. A collector refuses any other number with `unsupported_protocol_version`. */
export const PROTOCOL_VERSION = 1;
