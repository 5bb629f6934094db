/** Parses the booleans of YAML 1.1. Source: yaml.org/type/bool.html. */

/** Parses a boolean, which may also be `yes` or `off`. @returns undefined for any other text */
export function parseBoolean(text: string): boolean | undefined {
  if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(?:n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  return undefined;
}
