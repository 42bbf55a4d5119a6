import { checkLabelName, checkQualifiedName, checkSubdomain } from '@steersman/labels';
import type { Pod, PodSpec, PodTemplateSpec, Toleration, Volume } from '../../gen/types.ts';
import { jsonEquals } from '../../patch/pointer.ts';
import { checked, each, type Faults, forbidden, invalidValue, notNegative, oneOf, required, unique } from '../../validation/faults.ts';
import { validateAnnotations, validateLabels } from '../../validation/labels.ts';
import { validateContainer, validateHostPorts } from './container-validation.ts';

export function validatePodSpec(spec: PodSpec, field: string): Faults {
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const hostNetwork = spec.hostNetwork === true;
  const [init, main] = [spec.initContainers ?? [], spec.containers ?? []];
  return [
    ...each(spec.volumes, `${field}.volumes`, validateVolume),
    ...unique(
      spec.volumes,
      ({ name }) => name,
      at => `${field}.volumes[${at}].name`,
    ),
    ...(main.length === 0 ? required(`${field}.containers`) : []),
    ...each(main, `${field}.containers`, (container, path) =>
      validateContainer(container, { field: path, volumes, isInit: false, hostNetwork }),
    ),
    ...each(init, `${field}.initContainers`, (container, path) => [
      ...validateContainer(container, { field: path, volumes, isInit: true, hostNetwork }),
      ...(container.restartPolicy === undefined ? [] : oneOf(`${path}.restartPolicy`, container.restartPolicy, ['Always'])),
    ]),
    ...unique(
      [...main, ...init],
      ({ name }) => name,
      at => (at < main.length ? `${field}.containers[${at}].name` : `${field}.initContainers[${at - main.length}].name`),
    ),
    ...validateHostPorts(main, `${field}.containers`),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never']),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']),
    ...notNegative(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...(spec.activeDeadlineSeconds !== undefined && (spec.activeDeadlineSeconds < 1 || spec.activeDeadlineSeconds > 2 ** 31 - 1)
      ? invalidValue(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 'must be between 1 and 2147483647, inclusive')
      : []),
    ...validateReferences(spec, field),
    ...each(spec.tolerations, `${field}.tolerations`, validateToleration),
  ];
}

function validateReferences(spec: PodSpec, field: string): Faults {
  return [
    ...(spec.dnsPolicy === 'None' && (spec.dnsConfig?.nameservers ?? []).length === 0
      ? required(`${field}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')
      : []),
    ...(spec.nodeName ? checked(`${field}.nodeName`, spec.nodeName, checkSubdomain) : []),
    ...(spec.serviceAccountName ? checked(`${field}.serviceAccountName`, spec.serviceAccountName, checkSubdomain) : []),
    ...(spec.hostname ? checked(`${field}.hostname`, spec.hostname, checkLabelName) : []),
    ...(spec.subdomain ? checked(`${field}.subdomain`, spec.subdomain, checkLabelName) : []),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...each(spec.imagePullSecrets, `${field}.imagePullSecrets`, ({ name }, path) => (name ? [] : required(`${path}.name`))),
  ];
}

function validateToleration({ key, operator = 'Equal', value, effect, tolerationSeconds }: Toleration, field: string): Faults {
  return [
    ...(key ? checked(`${field}.key`, key, checkQualifiedName) : []),
    ...(!key && operator !== 'Exists'
      ? invalidValue(
          `${field}.operator`,
          operator,
          'operator must be Exists when `key` is empty, which means "match all values and all keys"',
        )
      : []),
    ...oneOf(`${field}.operator`, operator, ['Equal', 'Exists']),
    ...(operator === 'Exists' && value ? invalidValue(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'") : []),
    ...(effect ? oneOf(`${field}.effect`, effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']) : []),
    ...(tolerationSeconds !== undefined && effect !== 'NoExecute'
      ? invalidValue(`${field}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set")
      : []),
  ];
}

function validateVolume(volume: Volume, field: string): Faults {
  const { name, ...sources } = volume;
  const given = Object.keys(sources);
  return [
    ...(name ? checked(`${field}.name`, name, checkLabelName) : required(`${field}.name`)),
    ...(given.length > 1 ? forbidden(`${field}.${given[1]}`, 'may not specify more than 1 volume type') : []),
    ...(volume.hostPath && !volume.hostPath.path ? required(`${field}.hostPath.path`) : []),
    ...(volume.configMap && !volume.configMap.name ? required(`${field}.configMap.name`) : []),
    ...(volume.secret && !volume.secret.secretName ? required(`${field}.secret.secretName`) : []),
    ...(volume.persistentVolumeClaim && !volume.persistentVolumeClaim.claimName
      ? required(`${field}.persistentVolumeClaim.claimName`)
      : []),
    ...(volume.emptyDir?.medium ? oneOf(`${field}.emptyDir.medium`, volume.emptyDir.medium, ['Memory', 'HugePages']) : []),
    ...validateItems(volume.configMap?.items, `${field}.configMap.items`),
    ...validateItems(volume.secret?.items, `${field}.secret.items`),
  ];
}

const validateItems = (items: readonly { key: string; path: string }[] | undefined, field: string): Faults =>
  each(items, field, ({ key, path }, place) => [
    ...(key ? [] : required(`${place}.key`)),
    ...(path ? [] : required(`${place}.path`)),
    ...(path?.startsWith('/') ? invalidValue(`${place}.path`, path, 'must be a relative path') : []),
    ...(path?.split('/').includes('..') ? invalidValue(`${place}.path`, path, "must not contain '..'") : []),
  ]);

/** A template: as a pod, without a name. */
export function validatePodTemplate({ metadata, spec }: PodTemplateSpec, field: string): Faults {
  return [
    ...validateLabels(metadata?.labels, `${field}.labels`),
    ...validateAnnotations(metadata?.annotations, `${field}.annotations`),
    ...(spec ? validatePodSpec(spec, `${field}.spec`) : required(`${field}.spec.containers`)),
  ];
}

/** The template of pods that are to run for ever. */
export function validateServingTemplate(template: PodTemplateSpec, field: string, kind = 'ReplicaSet'): Faults {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  return [
    ...validatePodTemplate(template, field),
    ...oneOf(`${field}.spec.restartPolicy`, restartPolicy, ['Always']),
    ...(activeDeadlineSeconds === undefined
      ? []
      : forbidden(`${field}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`)),
  ];
}

const UPDATABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod runs what it was created with, but for its images, its deadline and further tolerations. */
export function validatePodUpdate(next: Pod, prev: Pod): Faults {
  const lost = (prev.spec.tolerations ?? []).filter(
    old => !(next.spec.tolerations ?? []).some(toleration => sameToleration(toleration, old)),
  );
  const [before, after] = [prev.spec.activeDeadlineSeconds, next.spec.activeDeadlineSeconds];
  return [
    ...(next.spec.containers.length === prev.spec.containers.length
      ? []
      : forbidden('spec.containers', 'pod updates may not add or remove containers')),
    ...(lost.length > 0 ? forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds') : []),
    ...(before !== undefined && after === undefined
      ? invalidValue('spec.activeDeadlineSeconds', after, 'must not update from a positive integer to nil value')
      : []),
    ...(before !== undefined && after !== undefined && after > before
      ? invalidValue('spec.activeDeadlineSeconds', after, `must be less than or equal to previous value: ${before}`)
      : []),
    ...(next.spec.containers.length !== prev.spec.containers.length || jsonEquals(fixedParts(next.spec), fixedParts(prev.spec))
      ? []
      : forbidden('spec', UPDATABLE)),
  ];
}

const sameToleration = (a: Toleration, b: Toleration): boolean =>
  jsonEquals({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });

const fixedParts = ({ activeDeadlineSeconds: _, tolerations: __, ...spec }: PodSpec): object => ({
  ...spec,
  containers: spec.containers.map(({ image: _, ...container }) => container),
  initContainers: spec.initContainers?.map(({ image: _, ...container }) => container) ?? [],
});
