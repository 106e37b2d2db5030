/** One allowed combination, each member an index into its dimension's sorted list. */
export type Cell = readonly [source: number, destination: number, service: number];

/** Source set × destination set × service set, each sorted. */
export type Box = readonly [sources: number[], destinations: number[], services: number[]];

/** 0 sources, 1 destinations, 2 services. */
export type Dimension = 0 | 1 | 2;

/** All combinations of a box. */
export function* cellsOf([sources, destinations, services]: Box): Generator<Cell> {
  for (const source of sources) {
    for (const destination of destinations) for (const service of services) yield [source, destination, service];
  }
}

export function compareCells(a: Cell, b: Cell): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

export function sizeOf([sources, destinations, services]: Box): number {
  return sources.length * destinations.length * services.length;
}

export function cellKey([source, destination, service]: Cell): string {
  return `${source},${destination},${service}`;
}

export function others(dimension: Dimension): [Dimension, Dimension] {
  return dimension === 0 ? [1, 2] : dimension === 1 ? [0, 2] : [0, 1];
}

export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const present = map.get(key);
  if (present) present.push(value);
  else map.set(key, [value]);
}
