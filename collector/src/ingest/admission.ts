import { ApiError } from "../errors.ts";

/** What may be between its arrival and its answer: a few seconds of work, so that nobody waits until they give up. */
const MOST_REPORTS = 1000;
const MOST_BYTES = 64 * 1024 * 1024;

export interface AdmissionLimits {
  reports: number;
  /** Of bodies as they came, packed. */
  bytes: number;
}

/**
 * Backpressure: after an outage every agent comes back at once. What there is no room for is refused before any work
 * goes into it; the agent keeps its report and sends it again.
 */
export function admission({ reports, bytes }: AdmissionLimits = { reports: MOST_REPORTS, bytes: MOST_BYTES }) {
  let admitted = 0;
  let admittedBytes = 0;
  /** A handler that takes room while it works. It throws ApiError overloaded, answered with 503 and Retry-After. */
  return function whereThereIsRoom<Request extends { body: Buffer }, Answer>(
    handle: (request: Request) => Promise<Answer>,
  ): (request: Request) => Promise<Answer> {
    return async (request) => {
      const size = request.body.length;
      // One always has room: a single large report must not be refused for ever.
      if (admitted > 0 && (admitted >= reports || admittedBytes + size > bytes)) throw new ApiError("overloaded");
      admitted += 1;
      admittedBytes += size;
      try {
        return await handle(request);
      } finally {
        admitted -= 1;
        admittedBytes -= size;
      }
    };
  };
}
