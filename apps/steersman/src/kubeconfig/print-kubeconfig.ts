import type { ConfigOf } from '@steersman/config';
import { kubeconfig } from '@steersman/pki';
import { chooseCluster, stateOf } from '../cluster/choose-cluster.ts';
import type { Context } from '../command/context.ts';
import type { kubeconfigSettings } from '../command/settings.ts';
import { accessOf } from '../up/introduce.ts';

export async function printKubeconfig(
  { config }: { readonly config: ConfigOf<typeof kubeconfigSettings> },
  { registry, out }: Context,
): Promise<void> {
  const chosen = chooseCluster(config, registry);
  out.print(kubeconfig(accessOf(chosen.layout, stateOf(chosen, registry))).trimEnd());
}
