// Preloaded into a program (`node --import shift-clock.ts?ms=-36000000&thenMs=0&after=3000 …`): its wall clock is off
// by `ms`, and from `after` milliseconds on by `thenMs`. The shipped code knows nothing of it.
const query = new URL(import.meta.url).searchParams;
const ms = Number(query.get("ms") ?? 0);
const thenMs = Number(query.get("thenMs") ?? ms);
const after = Number(query.get("after") ?? Infinity);

const RealDate = Date;
const now = (): number => RealDate.now() + (performance.now() < after ? ms : thenMs);
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});
