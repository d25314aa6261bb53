"""What a stranger types wrong: the exit code, and the two lines that say what is wrong and what to type instead."""

from __future__ import annotations

import gzip
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_program import ROOT, SMALL, Outcome, run
from wrong_lines import MORE

_TABLE = [
    (
        "list $S deploy",
        2,
        "there is no command 'list'",
        "did you mean ls? `snapinspect ls $S deploy`",
    ),
    (
        "describe $S deploy/api",
        2,
        "there is no command 'describe'",
        "did you mean get? `snapinspect get $S deploy/api`",
    ),
    (
        "show $S deploy/api -n infra-production",
        2,
        "there is no command 'show'",
        "did you mean get? `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "version",
        2,
        "there is no command 'version'",
        "`snapinspect --version`",
    ),
    (
        "help",
        2,
        "there is no command 'help'",
        "`snapinspect --help`",
    ),
    (
        "completion zsh",
        2,
        "there is no command 'completion'",
        "`snapinspect --show-completion zsh`",
    ),
    (
        "status $S",
        2,
        "there is no command 'status'",
        "did you mean info? `snapinspect info $S`",
    ),
    (
        "top $S",
        2,
        "there is no command 'top'",
        "did you mean stats? `snapinspect stats $S`",
    ),
    (
        "search deploy/api $S",
        2,
        "there is no command 'search'",
        "did you mean find? `snapinspect find deploy/api $S`",
    ),
    (
        "backup https://127.0.0.1:2379 out.db",
        2,
        "there is no command 'backup'",
        "did you mean save? `snapinspect save https://127.0.0.1:2379 out.db`",
    ),
    (
        "du $S",
        2,
        "there is no command 'du'",
        "did you mean stats? `snapinspect stats $S`",
    ),
    (
        "dependencies $S deploy/api",
        2,
        "there is no command 'dependencies'",
        "did you mean deps? `snapinspect deps $S deploy/api`",
    ),
    (
        "trash $S",
        2,
        "there is no command 'trash'",
        "did you mean deleted? `snapinspect deleted $S`",
    ),
    (
        "$S",
        2,
        "$S stands where the command belongs",
        "`snapinspect ls $S` lists what is in it.",
    ),
    (
        "$S deploy",
        2,
        "$S stands where the command belongs",
        "`snapinspect ls $S deploy` lists what is in it.",
    ),
    (
        "pods $S",
        2,
        "'pods' is a kind, and the command comes first",
        "`snapinspect ls $S pods` lists them.",
    ),
    (
        "gett $S deploy",
        2,
        "there is no command 'gett'",
        "did you mean get? `snapinspect get $S deploy`",
    ),
    (
        "exprot $S deploy -d out",
        2,
        "there is no command 'exprot'",
        "did you mean export? `snapinspect export $S deploy -d out`",
    ),
    (
        "frobnicate $S",
        2,
        "there is no command 'frobnicate'",
        "`snapinspect --help` lists them.",
    ),
    (
        "-n infra-production get $S deploy",
        2,
        "-n stands before the command",
        "options come behind it: `snapinspect get $S deploy -n infra-production`",
    ),
    (
        "get deploy/api $S -n infra-production",
        2,
        "deploy/api stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "get widgets/nulls $S",
        2,
        "widgets/nulls stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect get $S widgets/nulls`",
    ),
    (
        "ls deploy $S",
        2,
        "deploy stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect ls $S deploy`",
    ),
    (
        "export deploy $S -d out",
        2,
        "deploy stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect export $S deploy -d out`",
    ),
    (
        "history deploy/api $S",
        2,
        "deploy/api stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect history $S deploy/api`",
    ),
    (
        "deps deploy/api $S",
        2,
        "deploy/api stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect deps $S deploy/api`",
    ),
    (
        "restore deploy/api $S --dry-run",
        2,
        "deploy/api stands where the snapshot belongs",
        "the snapshot comes first: `snapinspect restore $S deploy/api --dry-run`",
    ),
    (
        "find $S deploy/api",
        2,
        "$S stands where the object belongs",
        "The object comes first, then the snapshots: `snapinspect find deploy/api $S`",
    ),
    (
        "get pods",
        2,
        "pods is a kind, and no snapshot is named",
        "the snapshot comes first: `snapinspect get SNAPSHOT pods`",
    ),
    (
        "get",
        2,
        "get needs a snapshot",
        "name it: `snapinspect get SNAPSHOT`",
    ),
    (
        "ls",
        2,
        "ls needs a snapshot",
        "name it: `snapinspect ls SNAPSHOT`",
    ),
    (
        "verify",
        2,
        "verify needs a snapshot",
        "name it: `snapinspect verify SNAPSHOT`",
    ),
    (
        "get $S",
        2,
        "nothing says which objects are meant",
        "Name a kind (deploy), a namespace (-n shop), a label (-l app=web), a name (--name 'web-*'), or the whole cluster: `snapinspect get $S -A`",
    ),
    (
        "get $S --raw",
        2,
        "nothing says which objects are meant",
        "Name a kind (deploy), a namespace (-n shop), a label (-l app=web), a name (--name 'web-*'), or the whole cluster: `snapinspect get $S --raw -A`",
    ),
    (
        "history $S",
        2,
        "a history is of one object",
        "Name it as KIND/NAME; `snapinspect ls $S` shows which there are.",
    ),
    (
        "history $S deploy",
        2,
        "a history is of one object",
        "Name it as KIND/NAME; `snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "deps $S",
        2,
        "dependencies are shown of one object",
        "Name it as KIND/NAME; `snapinspect ls $S` shows which there are.",
    ),
    (
        "deps $S deploy",
        2,
        "dependencies are shown of one object",
        "Name it as KIND/NAME; `snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "get $S deploy/api -w",
        2,
        "get has no option -w",
        "a snapshot does not change, so that there is nothing to watch: `snapinspect get $S deploy/api`",
    ),
    (
        "get $S deploy/api --watch -n infra-production",
        2,
        "get has no option --watch",
        "a snapshot does not change, so that there is nothing to watch: `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "get $S deploy/api --tail 10",
        2,
        "get has no option --tail",
        "everything is shown; `| head` shortens it: `snapinspect get $S deploy/api`",
    ),
    (
        "get $S deploy/api --since 10s",
        2,
        "get has no option --since",
        "a moment is named with --at: `snapinspect get $S deploy/api --at 10s`",
    ),
    (
        "get $H deploy/api --since-time=2026-11-22T11:25:00Z",
        2,
        "get has no option --since-time",
        "a moment is named with --at: `snapinspect get $H deploy/api --at 2026-11-22T11:25:00Z`",
    ),
    (
        "get --rev 600 $S deploy/api",
        2,
        "get has no option --rev",
        "a moment is named with --at: `snapinspect get --at 600 $S deploy/api`",
    ),
    (
        "get -f $S deploy/api",
        2,
        "get has no option -f",
        "the snapshot is the first argument: `snapinspect get $S deploy/api`",
    ),
    (
        "info --endpoints $S",
        2,
        "info has no option --endpoints",
        "a live etcd stands where a snapshot does: `snapinspect info $S`",
    ),
    (
        "get $S deploy --no-headers",
        2,
        "get has no option --no-headers",
        "-o name has no header: `snapinspect get $S deploy -o name`",
    ),
    (
        "get $S deploy --show-managed-fields",
        2,
        "get has no option --show-managed-fields",
        "objects come clean; --raw gives them as the API server would: `snapinspect get $S deploy --raw`",
    ),
    (
        "get $S deploy/api --namespce infra-production",
        2,
        "get has no option --namespce",
        "did you mean --namespace? `snapinspect get $S deploy/api --namespace infra-production`",
    ),
    (
        "get $S deploy --all-namespace",
        2,
        "get has no option --all-namespace",
        "did you mean --all-namespaces? `snapinspect get $S deploy --all-namespaces`",
    ),
    (
        "ls $S -A --exclud events",
        2,
        "ls has no option --exclud",
        "did you mean --exclude? `snapinspect ls $S -A --exclude events`",
    ),
    (
        "ls $S -A --except events",
        2,
        "ls has no option --except",
        "all but some is --exclude: `snapinspect ls $S -A --exclude events`",
    ),
    (
        "history $S deploy/api --show-labels",
        2,
        "history has no option --show-labels",
        "ls has it: `snapinspect ls $S deploy/api --show-labels`",
    ),
    (
        "stats $S --keys-only",
        2,
        "stats has no option --keys-only",
        "ls lists what there is, with keys under -o wide: `snapinspect ls $S`",
    ),
    (
        "history $S deploy/api -o wide",
        2,
        "history has no -o wide; it has table, json, jsonl, yaml, csv, jsonpath=…, custom-columns=…",
        "did you mean table? `snapinspect history $S deploy/api -o table`",
    ),
    (
        "deps $S deploy/api -o text",
        2,
        "deps has no -o text; it has tree, json, yaml",
        "as in: `snapinspect deps $S deploy/api -o json`",
    ),
    (
        "get $S deploy/web",
        1,
        "deploy/web is found in 2 namespaces: infra-production, infra-staging",
        "say which: `snapinspect get $S deploy/web -n infra-production`, or `snapinspect get $S deploy/web -A`",
    ),
    (
        "history $S deploy/web",
        1,
        "deploy/web is found in 2 namespaces: infra-production, infra-staging",
        "say which: `snapinspect history $S deploy/web -n infra-production`",
    ),
    (
        "deps $S deploy/web",
        1,
        "deploy/web is found in 2 namespaces: infra-production, infra-staging",
        "say which: `snapinspect deps $S deploy/web -n infra-production`",
    ),
    (
        "get $S deploy/web -n infra-prod",
        1,
        "there is no namespace 'infra-prod'",
        "deploy/web is in infra-production, infra-staging: `snapinspect get $S deploy/web -n infra-production`",
    ),
    (
        "get $S deploy/api -n team-a",
        1,
        "not found: deploy/api in team-a",
        "deploy/api is in infra-production: `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "get $S deploy/api -n 'team-*'",
        1,
        "not found: deploy/api in team-*",
        "deploy/api is in infra-production: `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "get $S deploy/wbe",
        1,
        "not found: deploy/wbe",
        "did you mean web? `snapinspect get $S deploy/web -n infra-staging`",
    ),
    (
        "get $S deploy/web -n infra-staginf",
        1,
        "there is no namespace 'infra-staginf'",
        "deploy/web is in infra-production, infra-staging: `snapinspect get $S deploy/web -n infra-staging`",
    ),
    (
        "get $S -n team-c",
        1,
        "there is no namespace 'team-c'",
        "did you mean team-b, team-a? `snapinspect get $S -n team-b`",
    ),
    (
        "get $S -n 'foo-*'",
        1,
        "no namespace is like 'foo-*'",
        "`snapinspect ls $S namespaces` shows which there are.",
    ),
    (
        "get $S cm -n nosuch",
        1,
        "there is no namespace 'nosuch'",
        "`snapinspect ls $S namespaces` shows which there are.",
    ),
    (
        "get $S sts -n team-a",
        1,
        "no sts is in team-a",
        "they are in infra-production: `snapinspect get $S sts -n infra-production`",
    ),
    (
        "get $S deploy -n infra-produciton",
        1,
        "there is no namespace 'infra-produciton'",
        "did you mean infra-production? `snapinspect get $S deploy -n infra-production`",
    ),
    (
        "deps $S deploy/webb",
        1,
        "not found: deploy/webb",
        "did you mean web? `snapinspect deps $S deploy/web -n infra-staging`",
    ),
    (
        "history $S deploy/wep -n infra-staging",
        1,
        "not found: deploy/wep",
        "did you mean web? `snapinspect history $S deploy/web -n infra-staging`",
    ),
    (
        "export $S deploy/ap -d out",
        1,
        "not found: deploy/ap",
        "did you mean api, ssa-app? `snapinspect export $S deploy/api -d out -n infra-production`",
    ),
    (
        "find deploy/wep $S",
        1,
        "deploy/wep is not in the snapshot",
        "did you mean web? `snapinspect find deploy/web $S -n infra-staging`",
    ),
    (
        "find deploi/api $S",
        1,
        "no kind is called 'deploi' in any of these snapshots",
        "did you mean deploy? `snapinspect find deploy/api $S`",
    ),
    (
        "find deploy/web $S -n infra-prod",
        1,
        "deploy/web is not in the snapshot",
        "deploy/web is in infra-production, infra-staging: `snapinspect find deploy/web $S -n infra-production`",
    ),
    (
        "get $S deploymnet",
        1,
        "no kind is called 'deploymnet' in this snapshot",
        "did you mean deployment or deployments or deploy? `snapinspect get $S deployment`",
    ),
    (
        "get $S deploymnet/web -n infra-staging",
        1,
        "no kind is called 'deploymnet' in this snapshot",
        "did you mean deployment or deployments or deploy? `snapinspect get $S deployment/web -n infra-staging`",
    ),
    (
        "ls $S volumes",
        1,
        "no kind is called 'volumes' in this snapshot",
        "did you mean pv? `snapinspect ls $S pv`",
    ),
    (
        "get $S claims -n infra-production",
        1,
        "no kind is called 'claims' in this snapshot",
        "did you mean pvc? `snapinspect get $S pvc -n infra-production`",
    ),
    (
        "get $S web",
        1,
        "no kind is called 'web' in this snapshot",
        "web is a name, of deployments, networkpolicies, poddisruptionbudgets, endpoints, services: `snapinspect get $S deployments/web -n infra-production`",
    ),
    (
        "get $S api -n infra-production",
        1,
        "no kind is called 'api' in this snapshot",
        "api is a name, of deployments, horizontalpodautoscalers: `snapinspect get $S deployments/api -n infra-production`",
    ),
    (
        "get $S cm secret",
        1,
        "not found: cm/secret",
        "'secret' is a kind, too: `snapinspect get $S cm,secret`",
    ),
    (
        "ls $S deploy nosuch",
        1,
        "not found: deploy/nosuch",
        "`snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "get $S pods/zzz",
        1,
        "not found: pods/zzz",
        "`snapinspect ls $S pods` shows which there are.",
    ),
    (
        "get $S -l app=nosuch",
        1,
        "nothing in the snapshot matches",
        "`snapinspect ls $S --show-labels` shows which labels there are.",
    ),
    (
        "get $S deploy/web --deleted -n infra-staging",
        1,
        "deploy/web is not deleted",
        "it is there: `snapinspect get $S deploy/web -n infra-staging`",
    ),
    (
        "get $S deploy/api --at 300",
        1,
        "deploy/api is not there at revision 300: it first exists at revision 386",
        "`snapinspect get $S deploy/api --at 386`",
    ),
    (
        "get $S deploy/api --at 99999",
        2,
        "revision 99999 is after the snapshot's last, 1175",
        "Take a revision up to that one. `snapinspect get $S deploy/api --at 1175`",
    ),
    (
        "ls $S --at 1w",
        2,
        "1w is 2026-11-15T11:22:32Z, before anything in the snapshot, which begins at 2026-11-22T11:21:10Z",
        "The nearest that is held is revision 1. `snapinspect ls $S --at 1`",
    ),
    (
        "get $S deploy/api --at tomorrow",
        2,
        "'tomorrow' is no revision, time or duration",
        "Give a revision (12345), a time ('2026-11-22 11:25', 11:25, 'yesterday 18:00', 2026-11-22T11:25:00Z), or how long before the end (10m, '2 hours ago'). The end of the snapshot: `snapinspect get $S deploy/api`",
    ),
    (
        "diff $H --from 1w",
        2,
        "1w is 2026-11-15T11:28:03Z, before anything in the snapshot, which begins at 2026-11-22T11:21:10Z",
        "The nearest that is held is revision 1. `snapinspect diff $H --from 1`",
    ),
    (
        "get $H job/backup-29922446",
        1,
        "job/backup-29922446 was deleted at 2026-11-22T11:28:02Z (revision 4162)",
        "its last state is still held: `snapinspect get $H job/backup-29922446 -n infra-production --deleted`",
    ),
    (
        "get $H widgets/nulls -o json",
        1,
        "widgets/nulls was deleted at 2026-11-22T11:26:02Z (revision 3799)",
        "its last state is still held: `snapinspect get $H widgets/nulls -o json -n infra-production --deleted`",
    ),
    (
        "export $H widgets/nulls -d out",
        1,
        "widgets/nulls was deleted at 2026-11-22T11:26:02Z (revision 3799)",
        "its last state is still held: `snapinspect export $H widgets/nulls -d out -n infra-production --deleted`",
    ),
    (
        "deps $H widgets/nulls",
        1,
        "widgets/nulls was deleted at 2026-11-22T11:26:02Z (revision 3799)",
        "as it was before: `snapinspect deps $H widgets/nulls -n infra-production --at 772`",
    ),
    (
        "find job/backup-29922446 $H",
        1,
        "job/backup-29922446 is not in the snapshot: it was deleted at revision 4162 at 2026-11-22T11:28:02Z",
        "Its last state is still held: `snapinspect get $H job/backup-29922446 -n infra-production --deleted`",
    ),
    (
        "get $H -n team-a",
        1,
        "namespace team-a was deleted at 2026-11-22T11:28:01Z (revision 4157)",
        "`snapinspect get $H -n team-a --deleted` recovers what is held of it.",
    ),
    (
        "export $S deploy/api",
        2,
        "nothing says where to write",
        "`snapinspect export $S deploy/api -d DIR`, or --dry-run for what would be written.",
    ),
    (
        "export $S deploy/api -d -",
        2,
        "export writes files, and - is none",
        "`snapinspect get $S deploy/api` writes to standard output.",
    ),
    (
        "get $S deploy api web nosuch -n infra-production",
        1,
        "not found: deploy/nosuch",
        "`snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "get $S pods --field-selector foo=bar",
        2,
        "field label not supported: foo",
        "of pods: metadata.name, metadata.namespace, spec.nodeName, spec.restartPolicy, spec.schedulerName, spec.serviceAccountName, status.phase, status.nominatedNodeName, spec.host, spec.hostNetwork, status.podIP, status.podIPs; -o jsonpath with ?( ) filters by any other field. Without it: `snapinspect get $S pods`",
    ),
    (
        "get $S deploy -o go-template='{{.items}}'",
        2,
        "get has no -o 'go-template={{.items}}'; it has yaml, json, jsonl, name, jsonpath=…, custom-columns=…",
        "did you mean json? `snapinspect get $S deploy -o json`",
    ),
    (
        "get $S deploy -o jsonpath='{.items[*'",
        2,
        "jsonpath '{.items[*': unterminated array",
        "as in: `snapinspect get $S deploy -o 'jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}'`",
    ),
    (
        "get $S deploy/api -n infra-production -o jsonpath",
        2,
        "-o jsonpath lacks its template",
        "as in: `snapinspect get $S deploy/api -n infra-production -o 'jsonpath={.metadata.name}'`",
    ),
    (
        "get $S deploy -o custom-columns=NAME",
        2,
        "unexpected custom-columns spec: 'NAME', expected <header>:<json-path-expr>",
        "as in: `snapinspect get $S deploy -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name`",
    ),
    (
        "get $S deploy -o wide",
        2,
        "get has no -o wide; it has yaml, json, jsonl, name, jsonpath=…, custom-columns=…",
        "ls has it: `snapinspect ls $S deploy -o wide`",
    ),
    (
        "get $S deploy -oyml",
        2,
        "get has no -o yml; it has yaml, json, jsonl, name, jsonpath=…, custom-columns=…",
        "did you mean yaml? `snapinspect get $S deploy -o yaml`",
    ),
    (
        "get $S apps/v1/deployments",
        2,
        "'apps/v1/deployments' is not of the form KIND/NAME",
        "a kind is written PLURAL.GROUP: `snapinspect get $S deployments.apps`",
    ),
    (
        "get $S Deployment.apps/v1",
        2,
        "'Deployment.apps/v1' is not of the form KIND/NAME",
        "a kind is written PLURAL.GROUP: `snapinspect get $S Deployment.apps`",
    ),
    (
        "get $S v1/configmaps",
        2,
        "'v1/configmaps' is not of the form KIND/NAME",
        "a kind is written PLURAL.GROUP: `snapinspect get $S configmaps`",
    ),
    (
        "get $S deploy/api,deploy/ssa-app",
        2,
        "deploy/api,deploy/ssa-app names several objects in one word",
        "one by one: `snapinspect get $S deploy/api deploy/ssa-app`",
    ),
    (
        "get $S deploy,hpa/api",
        2,
        "deploy,hpa/api names several objects in one word",
        "one by one: `snapinspect get $S deploy/api hpa/api`",
    ),
    (
        "get $S deploy/api hpa",
        2,
        "'hpa' stands beside arguments of the form KIND/NAME",
        "each in that form: `snapinspect get $S deploy/api 'hpa/*'`",
    ),
    (
        "get $S deploy/api ssa-app",
        2,
        "'ssa-app' stands beside arguments of the form KIND/NAME",
        "each in that form: `snapinspect get $S deploy/api deploy/ssa-app`",
    ),
    (
        "get $S deploy,hpa api",
        2,
        "names cannot follow several kinds (deploy,hpa)",
        "each with its kind: `snapinspect get $S deploy/api hpa/api`",
    ),
    (
        "get $S /registry/deployments/infra-production/api",
        2,
        "/registry/deployments/infra-production/api is a key of etcd",
        "keys are named by their beginning, with --key: `snapinspect get $S --key /registry/deployments/infra-production/api`",
    ),
    (
        "get $S --key registry/deployments/infra-production/api",
        2,
        "no key begins with 'registry/deployments/infra-production/api'",
        "most begin with /: `snapinspect get $S --key /registry/deployments/infra-production/api`",
    ),
    (
        "get $S --name ap",
        1,
        "nothing in the snapshot matches",
        "`snapinspect ls $S` shows what is there.",
    ),
    (
        "get $S deploy -l app==",
        1,
        "nothing in the snapshot matches",
        "`snapinspect ls $S deploy --show-labels` shows which labels there are.",
    ),
    (
        "get $S deploy/api -A -n infra-production",
        2,
        "-n and -A contradict each other",
        "give one of them: `snapinspect get $S deploy/api -n infra-production`",
    ),
    (
        "get $S deploy api -at 600",
        2,
        "-at lacks a dash",
        "long options have two: `snapinspect get $S deploy api --at 600`",
    ),
    (
        "get $S deploy -namespace infra-production",
        2,
        "-namespace lacks a dash",
        "long options have two: `snapinspect get $S deploy --namespace infra-production`",
    ),
    (
        "get $S deploy api --at yesterday",
        2,
        "yesterday is 2026-11-21T23:59:59Z (local time, UTC), before anything in the snapshot, which begins at 2026-11-22T11:21:10Z",
        "The first that is held with deploy/api is revision 386. `snapinspect get $S deploy api --at 386`",
    ),
    (
        "get $S deploy api --at 11:2",
        2,
        "'11:2' is no revision, time or duration",
        "Give a revision (12345), a time ('2026-11-22 11:25', 11:25, 'yesterday 18:00', 2026-11-22T11:25:00Z), or how long before the end (10m, '2 hours ago'). The end of the snapshot: `snapinspect get $S deploy api`",
    ),
    (
        "get $S deploy api --at 1795346800",
        2,
        "1795346800 is 2026-11-22T11:26:40Z (Unix seconds), after the snapshot's last record, of 2026-11-22T11:22:32Z",
        "The nearest that is held is revision 1175. `snapinspect get $S deploy api --at 1175`",
    ),
    (
        "ls $S --at 40 seconds ago",
        2,
        "--at takes one word, and '40 seconds ago' is 3",
        "quoted: `snapinspect ls $S --at '40 seconds ago'`",
    ),
    (
        "log $H --since 2026-11-22 11:27",
        2,
        "--since takes one word, and '2026-11-22 11:27' is 2",
        "quoted: `snapinspect log $H --since '2026-11-22 11:27'`",
    ),
    (
        "diff $H --from 11:26 --to 2026-11-22 11:27",
        2,
        "--to takes one word, and '2026-11-22 11:27' is 2",
        "quoted: `snapinspect diff $H --from 11:26 --to '2026-11-22 11:27'`",
    ),
    (
        "export $S deploy/api ./out",
        2,
        "nothing says where to write",
        "the directory is named with -d: `snapinspect export $S deploy/api -d ./out`",
    ),
    (
        "export $S -o out",
        2,
        "export has no option -o",
        "export writes into a directory: `snapinspect export $S -d out`",
    ),
    (
        "export $S deploy -d out --layout trees",
        2,
        "export has no --layout trees; it has tree, flat, single",
        "did you mean tree? `snapinspect export $S deploy -d out --layout tree`",
    ),
    (
        "export $S deploy --dry-run=client",
        2,
        "--dry-run takes no value",
        "`snapinspect export $S deploy --dry-run`",
    ),
    (
        "deps $S deploy/api deploy/ssa-app",
        2,
        "dependencies are shown of one object",
        "Name one of them: `snapinspect deps $S deploy/api`",
    ),
    (
        "deps $S api",
        2,
        "dependencies are shown of one object",
        "Name it as KIND/NAME; `snapinspect ls $S --name api` shows which there are.",
    ),
    (
        "history $S api",
        2,
        "a history is of one object",
        "Name it as KIND/NAME; `snapinspect ls $S --name api` shows which there are.",
    ),
    (
        "history $S 'deploy/*'",
        2,
        "a history is of one object",
        "Name it as KIND/NAME; `snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "restore $S deploy/apii --dry-run",
        1,
        "not found: deploy/apii",
        "did you mean api? `snapinspect restore $S deploy/api --dry-run -n infra-production`",
    ),
    (
        "restore $S deploy/api --offline --yes",
        2,
        "--offline writes nothing, and so asks nothing that --yes would answer",
        "The plan alone: `snapinspect restore $S deploy/api --offline`",
    ),
    (
        "restore $S deploy/api",
        2,
        "there is no terminal on which to ask before writing",
        "Look at the plan first, then add --yes: `snapinspect restore $S deploy/api --dry-run`",
    ),
    (
        "restore $S deploy/web --dry-run",
        1,
        "deploy/web is found in 2 namespaces: infra-production, infra-staging",
        "say which: `snapinspect restore $S deploy/web --dry-run -n infra-production`, or `snapinspect restore $S deploy/web --dry-run -A`",
    ),
    (
        "find deploy api $S",
        2,
        "'deploy' names no object, and all that follows is a snapshot",
        "kind and name are one word: `snapinspect find deploy/api $S`",
    ),
    (
        "find deploy $S",
        2,
        "'deploy' names no object, and all that follows is a snapshot",
        "Name it as KIND/NAME; `snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "find api $S",
        2,
        "'api' names no object, and all that follows is a snapshot",
        "Name it as KIND/NAME; `snapinspect ls $S --name api` shows which there are.",
    ),
    (
        "find $S",
        2,
        "find needs an object",
        "It comes first, as KIND/NAME; `snapinspect ls $S` shows which there are.",
    ),
    (
        "find deploy/api $S -o xml",
        2,
        "find has no -o xml; it has table, wide, json, jsonl, yaml, name, csv, jsonpath=…, custom-columns=…",
        "as in: `snapinspect find deploy/api $S -o json`",
    ),
    (
        "find deploy/api $S --at 600",
        2,
        "find has no option --at",
        "each snapshot is looked at as it ends: `snapinspect find deploy/api $S`",
    ),
    (
        "find deploy/api $S -A",
        2,
        "find has no option -A",
        "every namespace is looked at: `snapinspect find deploy/api $S`",
    ),
    (
        "diff $S",
        2,
        "a diff needs two states",
        "Name two snapshots, or one with --from (and --to) or --live; `snapinspect log $S` tells what happened.",
    ),
    (
        "diff $S deploy/api $H",
        2,
        "deploy/api stands where the second snapshot belongs",
        "snapshots come first: `snapinspect diff $S $H deploy/api`",
    ),
    (
        "diff $S $H deploy/nosuch",
        2,
        "not found: deploy/nosuch",
        "`snapinspect ls $S deploy` shows which there are.",
    ),
    (
        "diff $S $H --from 5",
        2,
        "--from and --to are of one snapshot, and $H is another",
        "`snapinspect diff $S $H`",
    ),
    (
        "diff $S --at 600",
        2,
        "--at names one moment, and a diff is of two",
        "the earlier is named with --from, the later with --to: `snapinspect diff $S --from 600`",
    ),
    (
        "diff $S $H -o patch",
        2,
        "diff has no -o patch; it has diff, summary, name, json",
        "as in: `snapinspect diff $S $H -o json`",
    ),
    (
        "log $S -n infra-prod",
        1,
        "there is no namespace 'infra-prod'",
        "did you mean infra-production? `snapinspect log $S -n infra-production`",
    ),
    (
        "log $S --by kubctl",
        1,
        "nothing that happened is like that, as far as it is held",
        "`snapinspect log $S` tells more.",
    ),
    (
        "log $S --follow",
        2,
        "log has no option --follow",
        "a snapshot does not change, so that there is nothing to watch: `snapinspect log $S`",
    ),
    (
        "log $S -f",
        2,
        "log has no option -f",
        "a snapshot does not change, so that there is nothing to watch: `snapinspect log $S`",
    ),
    (
        "log $S --from 600",
        2,
        "log has no option --from",
        "the earlier moment is named with --since: `snapinspect log $S --since 600`",
    ),
    (
        "logs $S deploy/api",
        2,
        "there is no command 'logs'",
        "did you mean log? `snapinspect log $S deploy/api`",
    ),
    (
        "deleted $H -n infra-produc",
        1,
        "there is no namespace 'infra-produc'",
        "did you mean infra-production? `snapinspect deleted $H -n infra-production`",
    ),
    (
        "stats $S --by kind",
        2,
        "stats has no option --by",
        "every table is shown: `snapinspect stats $S`",
    ),
    (
        "stats $S -o csv",
        2,
        "stats has no -o csv; it has table, json, yaml, html",
        "as in: `snapinspect stats $S -o json`",
    ),
    (
        "info $S deploy",
        2,
        "info takes no deploy",
        "it is of the whole snapshot: `snapinspect info $S`; `snapinspect ls $S deploy` lists the objects",
    ),
    (
        "info $S --details",
        2,
        "info has no option --details",
        "did you mean --detail? `snapinspect info $S --detail`",
    ),
    (
        "verify $S --deep",
        2,
        "verify has no option --deep",
        "everything is looked at without it: `snapinspect verify $S`",
    ),
    (
        "rules deplo",
        1,
        "no rule is about a kind called 'deplo'",
        "did you mean deploy? `snapinspect rules deploy`; custom resources are cleaned by what `snapinspect rules` lists for every object (*)",
    ),
    (
        "serve $S deploy",
        2,
        "deploy is no snapshot",
        "`snapinspect serve $S` is the line without it.",
    ),
    (
        "rebuild $S",
        2,
        "rebuild needs NEW.db",
        "name it: `snapinspect rebuild $S new.db`",
    ),
    (
        "rebuild $S -o out.db",
        2,
        "rebuild has no option -o",
        "the new file is the second argument: `snapinspect rebuild $S out.db`",
    ),
    (
        "rebuild $S out.db --exclude events",
        2,
        "rebuild has no option --exclude",
        "what is left out is named with --drop: `snapinspect rebuild $S out.db --drop events`",
    ),
    (
        "get $C cm/doomed",
        1,
        "cm/doomed was deleted at 2026-11-22T11:25:00Z (revision 317), and that was compacted away",
        "free pages still hold its last state: `snapinspect get $C cm/doomed -n infra-production --carve --deleted`",
    ),
    (
        "history $C deploy/web",
        1,
        "deploy/web was deleted at 2026-11-22T11:25:12Z (revision 365), and that was compacted away",
        "free pages still hold its last state: `snapinspect history $C deploy/web -n infra-production --carve`",
    ),
    (
        "export $C deploy/web -d out",
        1,
        "deploy/web was deleted at 2026-11-22T11:25:12Z (revision 365), and that was compacted away",
        "free pages still hold its last state: `snapinspect export $C deploy/web -d out -n infra-production --carve --deleted`",
    ),
    (
        "find cm/doomed $C",
        1,
        "cm/doomed is not in the snapshot",
        "free pages still hold its last state: `snapinspect get $C cm/doomed -n infra-production --carve --deleted`",
    ),
    (
        "ls $S 'deploy/s*' --exclude team-a/ --exclude team-b/ --exclude infra-production/ --exclude infra-staging/",
        1,
        "nothing is left of deploy/s* with --exclude",
        "without it: `snapinspect ls $S 'deploy/s*'`",
    ),
]
"""The words behind the program's name, the exit code, the message and the hint; $S, $H and $C are snapshots, and $T is where it stands."""

TABLE = [*_TABLE, *MORE]

_PLACES = re.compile(r"SNAPSHOT|DIR|https://|--kubeconfig|^(catalog|report|restore|serve) |s3://|--show-completion")
"""What stands for something that only the reader knows, or needs a cluster or a shell."""


@pytest.fixture
def typed(
    snapshot_file: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], tuple[Outcome, Callable[[str], str]]]:
    """Runs a line in an empty directory; gives what came, and what shortens the snapshots' paths in it."""
    monkeypatch.chdir(tmp_path)
    compacted = tmp_path.parent / f"{tmp_path.name}.compacted.db"
    compacted.write_bytes(gzip.decompress((ROOT / "fixtures" / "etcd-3.5" / "compacted.db.gz").read_bytes()))
    paths = {"$S": str(SMALL), "$H": str(snapshot_file("history")), "$C": str(compacted), "$T": str(tmp_path)}

    def type_it(line: str) -> tuple[Outcome, Callable[[str], str]]:
        for short, path in paths.items():
            line = line.replace(short, shlex.quote(path))
        return run(*shlex.split(line)), shortened

    def shortened(text: str) -> str:
        for short, path in paths.items():
            text = text.replace(shlex.quote(path), short).replace(path, short)
        return text

    return type_it


@pytest.mark.parametrize(("line", "code", "wrong", "hint"), TABLE, ids=[row[0] for row in TABLE])
def test_a_wrong_line_says_what_is_wrong_and_what_to_type(
    typed: Callable[[str], tuple[Outcome, Callable[[str], str]]], line: str, code: int, wrong: str, hint: str
) -> None:
    outcome, shortened = typed(line)
    said = [shortened(each) for each in outcome.err.splitlines() if not each.startswith("note: ")]
    assert (outcome.code, said) == (code, [f"error: {wrong}", f"hint: {hint}"])


@pytest.mark.parametrize(
    "line",
    [f"{command} # {row[0]}" for row in TABLE for command in re.findall(r"`snapinspect ([^`]+)`", row[3])[:1]],
)
def test_what_is_to_be_typed_works(typed: Callable[[str], tuple[Outcome, Callable[[str], str]]], line: str) -> None:
    command = line.rpartition(" # ")[0]
    if _PLACES.search(command):
        assert "$S" in command or "SNAPSHOT" in command or "://" in command or command.startswith("--")
        return
    outcome, _ = typed(command)
    # A diff says by 1 that something differs; what free pages hold may be incomplete, which is 3.
    good = {0, 1} if command.startswith("diff ") else {0, 3} if "--carve" in command else {0}
    assert outcome.code in good, outcome.err


def test_of_several_namespaces_one_that_is_not_there_is_noted() -> None:
    outcome = run("ls", SMALL, "deploy", "-n", "infra-production,infra-stagin")
    assert outcome.code == 0
    assert outcome.err == "note: there is no namespace 'infra-stagin'; did you mean infra-staging, infra-production?\n"
    assert "note" not in run("ls", SMALL, "deploy", "-n", "infra-production,infra-staging").err
