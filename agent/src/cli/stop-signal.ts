/** Aborts with the first SIGINT or SIGTERM, and lets go of both when done. */
export function stopSignal(): { signal: AbortSignal; stop(): void; release(): void } {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  const release = (): void => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
  return { signal: controller.signal, stop, release };
}
