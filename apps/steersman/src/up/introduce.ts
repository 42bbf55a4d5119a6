import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Access } from '@steersman/pki';
import { writeJson } from '../cluster/json-file.ts';
import type { Layout } from '../cluster/layout.ts';
import type { ClusterState } from '../cluster/state.ts';
import type { Context } from '../command/context.ts';
import { addToKubeconfig, userKubeconfig } from '../kubeconfig/user-kubeconfig.ts';
import type { Finder } from '../machine/programs.ts';

/** The administrator's way in. */
export function accessOf(layout: Layout, { name, ports }: ClusterState): Access {
  const pem = (file: string): string => readFileSync(join(layout.pki, file), 'utf8');
  return { name, server: `https://127.0.0.1:${ports.api}`, caPem: pem('ca.crt'), certPem: pem('admin.crt'), keyPem: pem('admin.key') };
}

export interface Introduction {
  readonly layout: Layout;
  readonly state: ClusterState;
  readonly find: Finder;
  readonly context: Context;
}

/** Makes kubectl find the cluster, and tells the two commands to type next. */
export function introduce({ layout, state, find, context }: Introduction): readonly string[] {
  const { out, env } = context;
  const user = userKubeconfig(env);
  const added = addUnlessBroken(user.file, () => addToKubeconfig(user, accessOf(layout, state)), context);
  if (added) writeJson(layout.state, { ...state, kubeconfig: user.file });
  else {
    out.tell(
      `  ${out.paint('yellow', '!')} ${user.file} was left as it is: its context "${state.name}" is not ours, or it cannot be read;`,
    );
    out.tell(`    to use this cluster: steersman kubeconfig --name ${state.name} > FILE; export KUBECONFIG=FILE`);
  }
  if (find('kubectl') === undefined)
    out.tell(`  ${out.paint('yellow', '!')} kubectl is missing; on Debian: apt-get install kubernetes-client`);
  const kubectl = added?.isCurrent ? 'kubectl' : `kubectl --context ${state.name}`;
  return [`${kubectl} get nodes`, `${kubectl} create deployment web --image=nginx`];
}

function addUnlessBroken<T>(file: string, add: () => T, { out }: Context): T | undefined {
  try {
    return add();
  } catch (err) {
    out.tell(`  ${out.paint('yellow', '!')} ${file}: ${(err as Error).message}`);
    return undefined;
  }
}
