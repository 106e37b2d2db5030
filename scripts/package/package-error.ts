/** A package can't be made, for a reason that one sentence tells. */
export class PackageError extends Error {
  override name = "PackageError";
}
