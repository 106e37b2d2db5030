export interface Stamped<T> {
  value: T;
  /** Changes with every write: the ETag. */
  version: number;
}

export interface StoredPlan {
  id: string;
  createdAt: number;
  /** JSON document as the API shows it. */
  document: unknown;
}
