/** The docs of a type and of its fields, by schema name. Large: loaded when it is first asked for. */
export type Descriptions = Readonly<Record<string, readonly [type: string, fields: Readonly<Record<string, string>>]>>;

export async function loadDescriptions(): Promise<Descriptions> {
  const { DESCRIPTIONS } = await import('../gen/descriptions.ts');
  return JSON.parse(DESCRIPTIONS) as Descriptions;
}
