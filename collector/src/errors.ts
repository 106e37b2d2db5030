/** Every error the API answers with: a stable code, its HTTP status and a title. Details are filled in where it is thrown. */
const TABLE = {
  invalid_request: [400, "The request has fields that are not as expected"],
  invalid_report: [400, "The report has no usable envelope"],
  unsupported_protocol_version: [400, "The report is of a protocol version that this collector does not speak"],
  invalid_file: [400, "The file has lines that are not as expected; nothing of it was taken"],
  invalid_cursor: [400, "The cursor is not one of this list, or the list has changed since"],
  invalid_plan: [400, "The plan names something that does not exist or can't be met"],
  unauthorised: [401, "A valid token is needed"],
  forbidden: [403, "The token's role does not allow this"],
  not_found: [404, "There is no such thing"],
  version_conflict: [412, "It was changed since it was read"],
  too_large: [413, "The body is larger than allowed"],
  unsupported_media_type: [415, "The body's type or encoding is not one of those accepted"],
  version_required: [428, "If-Match with the version that was read is needed"],
  storage_unavailable: [503, "The collector's storage can't take or give anything just now"],
  overloaded: [503, "More reports are waiting than the collector can take just now"],
  internal: [500, "Something went wrong inside the collector"],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof TABLE;

export interface Issue {
  path?: string;
  line?: number;
  column?: string;
  value?: string;
  reason: string;
}

/** Thrown by routes; the problem plugin turns it into `application/problem+json`. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly code: ErrorCode;
  readonly issues: readonly Issue[] | undefined;

  constructor(code: ErrorCode, detail?: string, issues?: readonly Issue[]) {
    super(detail ?? TABLE[code][1]);
    this.code = code;
    this.issues = issues;
  }

  get status(): number {
    return TABLE[this.code][0];
  }

  toProblem() {
    const [status, title] = TABLE[this.code];
    return {
      type: `urn:portolan:problem:${this.code}`,
      title,
      status,
      code: this.code,
      ...(this.message !== title && { detail: this.message }),
      ...(this.issues && { issues: this.issues }),
    };
  }
}

/** Ends a command: the message goes to standard error, as one sentence. */
export class CommandError extends Error {
  override name = "CommandError";
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
