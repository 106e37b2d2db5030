// Preloaded into a program (`node --import hasten-clock.ts?times=400 …`): its clocks and timers run that many times as
// fast. The shipped code knows nothing of it; what others do, the kernel too, goes on at its own pace.
import { createRequire, syncBuiltinESMExports } from "node:module";

const times = Number(new URL(import.meta.url).searchParams.get("times") ?? 1);
const require = createRequire(import.meta.url);

const RealDate = Date;
const began = RealDate.now();
const now = (): number => began + (RealDate.now() - began) * times;
globalThis.Date = new Proxy(RealDate, {
  construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
  apply: () => new RealDate(now()).toString(),
  get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
});

const realNow = performance.now.bind(performance);
performance.now = () => realNow() * times;

function hasten(owner: object, name: string, delayAt: number): void {
  const real: unknown = Reflect.get(owner, name);
  if (typeof real !== "function") throw new TypeError(`${name}: expected a function`);
  const hastened = (...args: unknown[]): unknown => {
    const delay = args[delayAt];
    return Reflect.apply(real, owner, typeof delay === "number" ? args.with(delayAt, delay / times) : args);
  };
  Reflect.set(owner, name, hastened);
}
hasten(globalThis, "setTimeout", 1);
hasten(globalThis, "setInterval", 1);
hasten(require("node:timers/promises"), "setTimeout", 0);
syncBuiltinESMExports();
