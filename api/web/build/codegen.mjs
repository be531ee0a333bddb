// Generates three things from `schema.graphql` and the `src/**/*.graphql` documents:
// - `NAME.generated.ts` next to each `NAME.graphql`: its types, and its operations as persisted documents;
// - `public/persisted-documents.json`: all documents by SHA-256 hash, so that a server can register them in advance;
// - `src/lists/filter-fields.generated.ts`: the fields that a list page's URL can filter by.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { codegen } from '@graphql-codegen/core';
import * as operations from '@graphql-codegen/typescript-operations';
import {
  Kind,
  NoUnusedFragmentsRule,
  buildSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  parse,
  print,
  specifiedRules,
  stripIgnoredCharacters,
  typeFromAST,
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

/** The fragments that a definition spreads, directly or indirectly, sorted by name. */
function fragmentsOf(definition, found = new Map()) {
  visit(definition, {
    FragmentSpread({ name: { value: name } }) {
      const fragment = fragments.get(name);
      if (!fragment) throw new Error(`no fragment is named ${name}`);
      if (!found.has(name)) fragmentsOf(fragment, found.set(name, fragment));
    },
  });
  return [...found.values()].sort((a, b) => a.name.value.localeCompare(b.name.value));
}

// A file that only defines fragments does not use them.
const rules = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule);

const { selections: revisionSelections } = parse('{ dataset { revision } }').definitions[0].selectionSet;

/** Adds `dataset { revision }` to a query, so that the page can tell which responses belong together. */
function addRevision(operation) {
  const { selectionSet } = operation;
  if (operation.operation !== 'query' || selectsRevision(selectionSet)) return operation;
  return {
    ...operation,
    selectionSet: { ...selectionSet, selections: [...selectionSet.selections, ...revisionSelections] },
  };
}

function selectsRevision({ selections }) {
  return selections.some(
    ({ name, selectionSet }) =>
      name?.value === 'dataset' && selectionSet.selections.some(({ name }) => name?.value === 'revision'),
  );
}

const persisted = {};
for (const { path, document } of files) {
  const definitions = document.definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .map(addRevision);
  if (definitions.length === 0) definitions.push(...document.definitions);
  const used = new Map(
    definitions.flatMap((definition) => fragmentsOf(definition)).map((f) => [f.name.value, f]),
  );
  for (const { name } of definitions) used.delete(name.value);
  const ownDocument = { kind: Kind.DOCUMENT, definitions: [...definitions, ...used.values()] };
  const errors = validate(schema, ownDocument, rules);
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);

  const types = await codegen({
    schema: parse(sdl),
    schemaAst: schema,
    documents: [{ location: path, document: ownDocument }],
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
      print({ kind: Kind.DOCUMENT, definitions: [definition, ...fragmentsOf(definition)] }),
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
  const root = depth === 0 ? './' : '../'.repeat(depth);
  writeFileSync(
    path.replace(/\.graphql$/, '.generated.ts'),
    (documents.length > 0
      ? `import type { PersistedDocument } from '${root}api/persisted-document';\n\n`
      : '') + `${types}\n${documents.join('\n')}`,
  );
}
writeFileSync(
  'public/persisted-documents.json',
  JSON.stringify(Object.fromEntries(Object.entries(persisted).sort()), null, 1) + '\n',
);

/** The type of a filter field as a URL parameter, `enum[]` for a list of enum values. */
function parameterType(type) {
  const named = getNamedType(type);
  const item = isEnumType(named) ? 'enum' : ({ Boolean: 'boolean', Int: 'number' }[named.name] ?? 'string');
  return isListType(getNullableType(type)) ? `${item}[]` : item;
}

/** The fields of all `$filter` variables of the list pages. `and`, `or` and `not` are not parameters of their own. */
function filterFields() {
  const fields = {};
  const filters = files
    .filter(({ path }) => path.startsWith('src/lists/'))
    .flatMap(({ document }) => document.definitions)
    .flatMap(({ variableDefinitions = [] }) => variableDefinitions)
    .filter(({ variable }) => variable.name.value === 'filter')
    .map(({ type }) => getNamedType(typeFromAST(schema, type)));
  for (const filter of filters) {
    for (const { name, type } of Object.values(filter.getFields())) {
      if (isInputObjectType(getNamedType(type))) continue;
      const parameter = parameterType(type);
      fields[name] ??= parameter;
      if (fields[name] !== parameter)
        throw new Error(`${filter.name}.${name} is ${parameter}, but ${fields[name]} in another filter`);
    }
  }
  return Object.fromEntries(Object.entries(fields).sort());
}

writeFileSync(
  'src/lists/filter-fields.generated.ts',
  `export const FILTER_FIELDS = ${JSON.stringify(filterFields(), null, 2)} as const;\n`,
);
