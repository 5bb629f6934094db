/** docs/configuration.md: the keys from the schema of the configuration file, with the prose around them. */

import type { JsonSchema } from "@valibot/to-json-schema";
import { readdirSync, readFileSync } from "node:fs";
import { unidentifiedGroup } from "../src/classify/classifier.ts";
import { ownLabels, targetLabels, workloadLabels } from "../src/classify/label.ts";
import { configJsonSchema } from "./config-schema.ts";

const code = (text: string): string => `\`${text}\``;

const escape = (text: string): string => text.replaceAll("|", "\\|");

function propertyOf(schema: JsonSchema, name: string): JsonSchema {
  const property = schema.properties?.[name];
  if (typeof property !== "object") throw new RangeError(`no key ${name}`);
  return property;
}

function itemsOf({ items }: JsonSchema): JsonSchema {
  return typeof items === "object" && !Array.isArray(items) ? items : {};
}

/** A value of the schema, which a document shows as a person would write it. */
function formatValue(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(", ") : String(value);
}

function typeOf(schema: JsonSchema): string {
  const { type, minimum, maximum, minItems = 0, maxItems } = schema;
  if (schema.enum !== undefined) return `one of ${formatValue(schema.enum)}`;
  if (Array.isArray(type) || type === "string") return "text";
  if (type === "object") return "mapping";
  if (type === "array")
    return `list: ${typeOf(itemsOf(schema))}${maxItems === undefined ? "" : `, ${minItems} to ${maxItems} of them`}`;
  return minimum === undefined || maximum === undefined ? String(type) : `${String(type)}, ${minimum} to ${maximum}`;
}

function defaultOf(schema: JsonSchema): string {
  return schema.default === undefined ? "" : code(formatValue(schema.default));
}

function renderKeys(section: JsonSchema): string {
  const rows = Object.keys(section.properties ?? {}).map((name) => {
    const key = propertyOf(section, name);
    return `| ${code(name)} | ${escape(typeOf(key))} | ${defaultOf(key)} | ${escape(key.description ?? "")} |`;
  });
  return `| key | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

const templateFields: Readonly<Record<string, string>> = {
  ".Comm": "command name, 15 characters at the most",
  ".ExeBase": "base name of argv[0]; the command name where there are no arguments",
  ".ExeFull": "argv[0]; the command name where there are no arguments",
  ".Username": "name of the effective user",
  ".PID": "process id",
  ".StartTime": "when the process was started",
  ".Cgroups": "paths of the control groups",
  ".Unit": "systemd unit, such as `nginx.service`; empty where there is none",
  ".ContainerID": "the container's id of 64 digits, of one within another the inner one; empty on the host",
  ".PodUID": "uid of the container's pod; empty outside of pods",
  ".Matches.NAME": "what the named group `(?P<NAME>...)` of a pattern of this rule matched",
  'index .Matches "NAME"': "the same; nothing instead of `<no value>` where there is no such group",
  ".Matches":
    "all of it as Go prints a map, sorted by name: `map[:nginx port:80]`; under the empty name is what the last unnamed group of the last pattern matched, or its whole match where it has none",
};

function renderTemplateFields(): string {
  const rows = Object.entries(templateFields).map(([field, meaning]) => `| ${code(`{{${field}}}`)} | ${meaning} |`);
  return `| template | stands for |\n| --- | --- |\n${rows.join("\n")}\n`;
}

/** A heading per metric, with its keys. */
function renderHistograms(section: JsonSchema): string {
  return Object.keys(section.properties ?? {})
    .map(
      (name) =>
        `### ${name}\n\n${propertyOf(section, name).description ?? ""}\n\n${renderKeys(propertyOf(section, name))}`,
    )
    .join("\n");
}

const examples = new URL("../deploy/examples/", import.meta.url);

/** The first sentences of each example, which its second line begins. */
function renderExamples(): string {
  const rows = readdirSync(examples).map((name) => {
    const [, ...lines] = readFileSync(new URL(name, examples), "utf8").split("\n");
    const end = lines.findIndex((line) => !line.startsWith("#"));
    const text = lines.slice(0, end).map((line) => line.replace(/^# ?/, ""));
    return `| [${name}](../deploy/examples/${name}) | ${escape(text.join(" "))} |`;
  });
  return `| file | groups |\n| --- | --- |\n${rows.join("\n")}\n`;
}

export function renderConfiguration(): string {
  const schema = configJsonSchema();
  const rule = itemsOf(propertyOf(schema, "process_names"));
  return `# Configuration

Made by \`npm run docs\` from the schema in \`src/config/\`; the prose is in \`docs/configuration.ts\`.

Without a file there is one group per command name. \`--config.file=FILE\` names a YAML file that says which process belongs to
which group; what \`process-exporter\` calls \`process_names\` works unchanged.

\`\`\`yaml
process_names:
  - name: "postgres:{{.Matches.role}}"
    cmdline: ['^postgres: (?P<role>checkpointer|walwriter)']
  - name: shells
    comm: [bash, sh, zsh]
    labels:
      team: infrastructure
\`\`\`

\`taskstats-exporter check-config FILE\` says what such a file does, or all that is wrong with it, each with line and column:

\`\`\`
CONFIG at rules.yaml:7:5: want one of name, comm, exe, cmdline, user, unit, cgroup, labels, ignore, got "com"; did you mean comm?
\`\`\`

It ends with status 0 or 1; \`--json\` is for programs. Warnings have a place, too, leave the status at 0 and are logged when the
exporter loads the file. They name rules that never match because an earlier one takes all that they ask for, or whose lists are
empty; command names that are longer than the kernel's 15 bytes; templates that show what no pattern captures; doubled backslashes
outside of double quotes; and groups that share a name with the exporter's own \`other\` or \`unidentified\`.
Editors that know JSON Schema complete and check the file with [config.schema.json](config.schema.json); its first line then is
\`# yaml-language-server: $schema=\` and the schema's path or address.

## Keys

${renderKeys(schema)}
Unknown keys and keys that are there twice are errors, and so is a file that is larger than 1 MiB, nested deeper than 32 levels, or
without a character; one of comments alone means a group per command name. A key without a value counts as absent. Numbers and
booleans are good where a text is wanted, as they were written. Anchors, aliases and merge keys (\`<<\`) work, and keys that begin with
\`x-\` or \`.\` are ignored, so that they can hold anchors (not among labels).

## Rules: \`process_names\`

${renderKeys(rule)}
A rule needs at least one of \`comm\`, \`exe\`, \`cmdline\`, \`user\`, \`unit\` and \`cgroup\`, and all that it has must hold.
**The first rule that matches wins**, and a process is in one group only, so finer rules come before coarser ones.

- \`comm\` is what the kernel calls the command: the executable's base name, or the script's, cut to 15 bytes. A thread of the
  process may have changed it (\`prctl\`), \`exec\` sets it.
- \`exe\` looks at \`argv[0]\`, which a program may set as it likes: \`postgres\` matches any path that ends so,
  \`/usr/sbin/nginx\` that one alone.
- \`cmdline\`, \`user\`, \`unit\` and \`cgroup\` are regular expressions in Go's syntax, found anywhere in the text unless they begin
  with \`^\` or end with \`$\`. They run in linear time whatever they are, so there are no look-aheads and no references back.
  Put them into single quotes: between double quotes YAML has escapes of its own.
- \`user\` is the real user, whom the kernel bills; \`{{.Username}}\` is the effective one, as process-exporter has it.
  Names are those of \`/etc/passwd\`, and what \`getent\` says of all other name services (LDAP, SSSD, systemd); where it is missing, as
  in the container image, such users are shown by their ids, which the log says once. While a name is asked for, live processes are
  \`unidentified\`, and ended ones wait for a moment. New names of users are followed within two discoveries where passwd has them, else within five
  minutes, and by a reload at once.
- \`unit\` is the innermost unit of systemd: \`nginx.service\`, \`getty@tty1.service\`, \`session-3.scope\`, a user's own
  \`foo.service\`; for what runs in none of them, the slice: \`user-1000.slice\`. The manager of a user's units is
  \`user@1000.service\`. A container's own scope is none, since its name is but the id: a process in a container has the unit
  that systemd inside the container gave it, or the service that started the container in its own control group (podman's
  \`--cgroups=split\`), unless it belongs to a pod. A process without a unit is matched by no pattern, not even by \`^$\`.
- \`cgroup\` sees the paths of all hierarchies, such as \`/system.slice/nginx.service\`.

A process that matches no rule joins the group of its nearest ancestor that matched one; \`--no-children\` leaves it out.
A rule with \`ignore: true\` takes processes off the page, so that no later rule gets them.

### Templates

\`name\` and the values of \`labels\` may hold these; everything else is text.

${renderTemplateFields()}
\`.PID\` and \`.StartTime\` make a group per process: \`max_groups\` then ends the list soon.

A rule whose name and labels hold no template **declares** its group: it is on the page from the start, with zeros, so that an
alert on a group that never came up can fire.

### Labels

Free labels go on all series of the group. Two processes with the same name and other labels are in two groups; the order of labels
does not matter, and an empty one is none, as for Prometheus. A label's name
begins with a letter or \`_\`, not with \`__\`, and is none of those that the exporter uses:
${ownLabels.map(code).join(", ")}; nor one of those that Prometheus gives to targets, which it would replace under
\`honor_labels\`: ${targetLabels.map(code).join(", ")}. With
\`kubernetes.workload\` it is none of ${workloadLabels.map(code).join(", ")} either. The same holds for \`kubernetes.pod_labels\`.

### Processes that cannot be decided

Where a rule needs a command line, a control group or the effective user, programs are watched as the kernel starts them, so
that processes too short to be discovered are classified too. Without CAP_SYS_NICE, which lets the watching thread run at once,
some end before they have been read. If a rule needs
what was not seen, neither it nor any rule after it can be decided, and the process is billed to the group ${code(unidentifiedGroup)}: it is
never put into the next rule that happens to match. A process that was forked and started no program is its parent's, by what
is known of that one. \`taskstats_exporter_exit_attribution_total{by}\` counts how ended processes were classified, and what was
missing (\`unidentified_cmdline\`, \`unidentified_cgroup\`, ...). Rules by \`comm\` and \`user\` can be decided from the record of the end alone, so put them first where the order allows it.

The command line of a live process can be unreadable for as long as a file system hangs: the kernel then lets nobody look into
its memory, \`ps\` neither. Such a process is ${code(unidentifiedGroup)} too if a rule needs its command line and it was never read,
stays where it is otherwise, and is counted in \`taskstats_exporter_unreadable_processes{reason="cmdline_blocked"}\`.

### Processes that change

A process is in the group that the rules give it now. A title that it rewrites, another user, and another control group that it
is moved to are followed within two discoveries (\`--discovery.interval\`); what it did before stays where it was billed. Only processes that ran
are read again, and 256 others at each discovery, in turn, for their control group: a process that sleeps on a host with thousands
of them may be shown in the control group that it has left until it runs. Children that no rule matches go with their parent.

Of arguments 4 KiB are kept for each process, and 8 MiB for all longer ones together; rules match the first 512 KiB. Where a host
has more than that, children that such a process forks are ${code(unidentifiedGroup)} if they end before they were discovered.

## Limits: \`limits\`

${renderKeys(propertyOf(schema, "limits"))}
Durations are whole numbers with \`ms\`, \`s\`, \`m\`, \`h\` and \`d\`, such as \`1h30m\`; \`group_retention\` is at least \`1m\`.
A group that comes back within ten minutes after it left the page has the counters that it had. After that it begins anew:
its former series have ended for Prometheus, so that no counter is seen to fall. Declared groups never leave.

## Histograms: \`histograms\`

A histogram costs a series per bucket, group and kind, and two more. Buckets ascend strictly.

\`\`\`yaml
histograms:
  taskstats_process_cpu_seconds: { enabled: false }
  taskstats_process_delay_seconds: { kinds: [cpu, blkio, thrashing], buckets: [0.001, 0.1, 10] }
\`\`\`

${renderHistograms(propertyOf(schema, "histograms"))}
## Reload

SIGHUP reads the file again, and so does \`POST /-/reload\` where \`--web.enable-lifecycle\` is given. A file with errors changes
nothing: they are logged, and \`taskstats_exporter_config_last_reload_successful\` is 0 until a good one is read.

## Examples

${renderExamples()}
## Coming from process-exporter

The same file works: keys, templates, first match, \`-children\` (here \`--no-children\` turns it off).
[from-process-exporter.md](from-process-exporter.md) has the other flags, and the metrics under process-exporter's names. These differ:

- Unknown keys and duplicate keys are errors. process-exporter ignores the former, and takes the last of the latter. Keys that Grafana's
  agents have beside \`process_names\` (\`enabled\`, \`track_children\`, \`recheck_on_scrape\`, ...) are ignored with a warning where
  nothing is lost by it; else they are refused with the flag or key that is meant, as \`--no-children\` for \`track_children: false\`.
- A second YAML document in the file is an error; process-exporter ignores it.
- \`process_names\` that is absent or empty means a group per command name; process-exporter then shows nothing.
- A template that names a field which does not exist is an error; process-exporter shows an empty name.
- Of Go's template language only the fields above and \`index\` exist: no conditions, no other functions, no pipelines.
- The rules are asked again after each \`exec\`, without \`-recheck\`.
- \`-procnames\` and \`-namemapping\` do not exist; write them as rules.
- What ended processes consumed stays in their group's counters, their last interval included.
- Of a command line the first 512 KiB are read, and names are cut at \`max_label_length\`.
- Series per thread name (\`-threads\`) are asked for by \`--collector.threads\`; a group has at most \`max_thread_names\` of them. Kernel threads are left out unless \`--kernel-threads\` is given.
`;
}
