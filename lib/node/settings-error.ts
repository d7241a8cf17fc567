/** The operator's mistake, in one clear sentence: printed as it is, and the process ends with 2. */

export class SettingsError extends Error {
  override readonly name = "SettingsError";
}
