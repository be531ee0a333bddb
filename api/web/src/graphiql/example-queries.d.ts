declare module 'virtual:example-queries' {
  const queries: { query: string; variables?: string }[];
  export default queries;
}
