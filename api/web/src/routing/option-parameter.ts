import { router } from './router.svelte';

/** A URL parameter with a fixed set of values, the keys of `options`; the default if it is missing or has another value. */
export function optionParameter<Value extends string>(
  name: string,
  options: Record<Value, unknown>,
  defaultValue: NoInfer<Value>,
): Value {
  const value = router.parameters.get(name);
  return value !== null && Object.hasOwn(options, value) ? (value as Value) : defaultValue;
}
