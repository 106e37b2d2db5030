/** The site of an estate that has only one, and of whatever names none. */
export const DEFAULT_SITE = "default";
