/**
 * Replaces `$(NAME)` by the variable's value; `$$` is a `$`, and a reference to nothing stays as it is
 * (kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables).
 */
export const expand = (text: string, variables: ReadonlyMap<string, string>): string =>
  text.replace(/\$\$|\$\(([^)]*)\)/g, (whole, name: string | undefined) => (name === undefined ? '$' : (variables.get(name) ?? whole)));
