import { place } from '../routing/location.svelte';

/** A parameter of the address that has one of some values; the usual one where the address names none of them. */
export function parameter<Value extends string>(
  name: string,
  values: Record<Value, unknown>,
  usual: NoInfer<Value>,
): Value {
  const value = place.parameters.get(name);
  return value !== null && Object.hasOwn(values, value) ? (value as Value) : usual;
}
