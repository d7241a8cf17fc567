/** The part of fs-native-extensions used here. */
declare module "fs-native-extensions" {
  /** Takes an exclusive lock on an open file; false when somebody else holds one. */
  export function tryLock(fd: number): boolean;
  /** Punches a hole: the range reads as zeros and takes no space. */
  export function trim(fd: number, offset: number, length: number): Promise<void>;
  export function trimSync(fd: number, offset: number, length: number): void;
}
