/** The spellings that YAML 1.1 has for booleans. Source: yaml.org/type/bool.html. */

/** Reads a boolean, `yes` and `off` included; `undefined` for any other text. */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  return undefined;
}
