import { z } from "zod";

/** Error body, RFC 9457. `code` is stable; scripts match on it and never on the texts. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  /** One entry per bad field or line. */
  issues: z
    .array(
      z.object({
        path: z.string().optional(),
        line: z.int().optional(),
        column: z.string().optional(),
        value: z.string().optional(),
        reason: z.string(),
      }),
    )
    .optional(),
});
export type Problem = z.infer<typeof Problem>;

/** RFC 3339 time in UTC. */
export const Time = z.iso.datetime();

/**
 * A sum of counts. Each count is a safe integer and their sum need not be: it is then rounded, and still answered, because
 * one absurd count must not hide the whole list.
 */
export const Total = z.number().min(0).meta({ type: "integer" });

export const Page = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  /** `nextCursor` of the page before. */
  cursor: z.string().max(200).optional(),
};

export const Period = {
  /** RFC 3339 or a number of days such as `7d`; means whole days of the site. */
  since: z.string().max(40).optional(),
  until: z.string().max(40).optional(),
};

export const Filters = {
  host: z.string().max(255).optional(),
  zone: z.string().max(255).optional(),
  port: z
    .string()
    .regex(/^\d{1,5}$/, "expected a port from 0 to 65535")
    .transform(Number)
    .pipe(z.int().max(65535, "expected a port from 0 to 65535"))
    .optional(),
};

/** A page of a list; `nextCursor` is null on the last one. */
export function listOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() });
}
