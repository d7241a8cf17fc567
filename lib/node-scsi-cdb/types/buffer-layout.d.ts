/** The part of buffer-layout 1.2 that this package uses; the package ships no types of its own. */
declare module "buffer-layout" {
  export class Layout<T> {
    constructor(span: number, property?: string);
    readonly span: number;
    readonly property: string | undefined;
    decode(bytes: Uint8Array, offset?: number): T;
    encode(value: T, bytes: Uint8Array, offset?: number): number;
    replicate(property: string): this;
    getSpan(bytes?: Uint8Array, offset?: number): number;
  }
  export class Structure<T> extends Layout<T> {}
  export function struct<T>(fields: Layout<unknown>[], property?: string): Structure<T>;
  export function u8(property?: string): Layout<number>;
  export function u16be(property?: string): Layout<number>;
  export function u24be(property?: string): Layout<number>;
  export function u32be(property?: string): Layout<number>;
  export function u40be(property?: string): Layout<number>;
  export function u48be(property?: string): Layout<number>;
  export function nu64be(property?: string): Layout<number>;
  export function blob(length: number, property?: string): Layout<Uint8Array>;
}
