declare module 'virtual:readme-queries' {
  const queries: { title: string; query: string }[];
  export default queries;
}
