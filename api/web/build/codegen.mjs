// Writes, beside every `src/**/NAME.graphql`, `NAME.generated.ts`: the types that the schema gives it, and its
// operations as persisted documents. Writes also `public/persisted-documents.json`, hash to text, by which a server
// can know all documents of the page beforehand.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operations from '@graphql-codegen/typescript-operations';
import {
  Kind,
  NoUnusedFragmentsRule,
  buildSchema,
  parse,
  print,
  specifiedRules,
  stripIgnoredCharacters,
  validate,
  visit,
} from 'graphql';

const sdl = readFileSync('../../schema.graphql', 'utf8');
const schema = buildSchema(sdl);
const files = readdirSync('src', { recursive: true })
  .filter((path) => path.endsWith('.graphql'))
  .map((path) => `src/${path}`)
  .sort()
  .map((path) => ({ path, document: parse(readFileSync(path, 'utf8')) }));

const fragments = new Map(
  files
    .flatMap(({ document }) => document.definitions)
    .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
    .map((fragment) => [fragment.name.value, fragment]),
);

/** The fragments that a definition spreads, directly or through others, in the order of their names. */
function spread(definition, found = new Map()) {
  visit(definition, {
    FragmentSpread({ name: { value: name } }) {
      const fragment = fragments.get(name);
      if (!fragment) throw new Error(`no fragment is named ${name}`);
      if (!found.has(name)) spread(fragment, found.set(name, fragment));
    },
  });
  return [...found.values()].sort((a, b) => a.name.value.localeCompare(b.name.value));
}

// A file of fragments alone uses none of them.
const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);

const { selections: revision } = parse('{ dataset { revision } }').definitions[0].selectionSet;

/** A query that also asks for the revision, by which the page tells which responses belong together. */
function withRevision(operation) {
  const { selectionSet } = operation;
  if (operation.operation !== 'query' || asksForRevision(selectionSet)) return operation;
  return {
    ...operation,
    selectionSet: { ...selectionSet, selections: [...selectionSet.selections, ...revision] },
  };
}

function asksForRevision({ selections }) {
  return selections.some(
    ({ name, selectionSet }) =>
      name?.value === 'dataset' && selectionSet.selections.some(({ name }) => name?.value === 'revision'),
  );
}

const persisted = {};
for (const { path, document } of files) {
  const definitions = document.definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .map(withRevision);
  if (definitions.length === 0) definitions.push(...document.definitions);
  const used = new Map(definitions.flatMap((definition) => spread(definition)).map((f) => [f.name.value, f]));
  for (const { name } of definitions) used.delete(name.value);
  const whole = { kind: Kind.DOCUMENT, definitions: [...definitions, ...used.values()] };
  const errors = validate(schema, whole, rules);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);

  const types = await codegen({
    schema: parse(sdl),
    schemaAst: schema,
    documents: [{ location: path, document: whole }],
    filename: path,
    config: {
      useTypeImports: true,
      scalars: {
        ID: 'string',
        Slug: 'string',
        PartyCode: 'string',
        EdtfDate: 'string',
        DateTime: 'string',
        JSON: 'unknown',
      },
    },
    plugins: [{ operations: {} }],
    pluginMap: { operations },
    pluginContext: {},
  });
  const operationsOfFile = definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const documents = operationsOfFile.map((definition) => {
    const name = definition.name.value;
    const text = stripIgnoredCharacters(
      print({ kind: Kind.DOCUMENT, definitions: [definition, ...spread(definition)] }),
    );
    const hash = createHash('sha256').update(text).digest('hex');
    persisted[hash] = text;
    const type = name + { query: 'Query', subscription: 'Subscription' }[definition.operation];
    return (
      `export const ${name}Document: PersistedDocument<${type}, ${type}Variables> = ` +
      JSON.stringify({ name, hash, text }) +
      ';\n'
    );
  });
  const depth = path.split('/').length - 2;
  const from = depth === 0 ? './' : '../'.repeat(depth);
  writeFileSync(
    path.replace(/\.graphql$/, '.generated.ts'),
    (documents.length > 0 ? `import type { PersistedDocument } from '${from}api/document';\n\n` : '') +
      `${types}\n${documents.join('\n')}`,
  );
}
writeFileSync(
  'public/persisted-documents.json',
  JSON.stringify(Object.fromEntries(Object.entries(persisted).sort()), null, 1) + '\n',
);
