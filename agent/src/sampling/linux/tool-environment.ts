/** For the system's own tools, whatever the agent was started with: where they lie, and their untranslated words. */
export const TOOL_ENVIRONMENT = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
