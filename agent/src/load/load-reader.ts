/** One look at what the host does. What could not be read is absent; counters count since boot. */
export interface LoadReading {
  /** Time of all cores together, in units of the kernel's own. */
  cpu?: { busy: number; total: number };
  /** Bytes in use that programs could not have back for the asking. */
  memoryUsed?: number;
  /** Bytes through each interface that leads out of the host, by its name. */
  interfaces: ReadonlyMap<string, { bytesIn: number; bytesOut: number }>;
  volumes: readonly VolumeReading[];
  /** Why something is absent that should be there. */
  problems: readonly string[];
  /** Lines that made no sense. */
  lost: number;
}

interface VolumeReading {
  mount: string;
  /** Another one means that its counter began anew. */
  device: string;
  /** Bytes written to the device. */
  written?: number;
  /** Bytes in use; not told by every look. */
  used?: number;
}

/** Every operating system must define: `createLoadReader(options): LoadReader` in its folder's `index.ts`. */
export interface LoadReader {
  /** Never rejects. */
  read(): Promise<LoadReading>;
}

export interface LoadReaderOptions {
  procRoot?: string;
  sysRoot?: string;
  /** Milliseconds of a clock that never steps; a test's own otherwise. */
  now?: () => number;
}
