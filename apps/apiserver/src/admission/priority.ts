import { type Pod, podKind, type PriorityClass, priorityClassKind } from '@steersman/types';
import type { CachedObjects } from '../cached-objects.ts';
import { type Lookup, parseStored } from '../lookup.ts';
import type { AdmissionRule, AdmittedWrite } from '../machine/admission.ts';
import { refused } from '../machine/errors.ts';

export interface PriorityDeps {
  readonly objects: CachedObjects;
  readonly lookup: Lookup;
}

const PREEMPTS = 'PreemptLowerPriority';

/** Every pod has the priority of its class; one class at most is that of pods which name none. */
export const priorityRule = ({ objects, lookup }: PriorityDeps): AdmissionRule => ({
  async admit(write) {
    if (write.subresource !== '') return;
    if (write.kind === priorityClassKind && write.operation !== 'delete') return checkDefault(write, objects);
    if (write.kind !== podKind || write.operation !== 'create') return;
    const { spec, metadata } = write.object as Pod; // the kind says so
    const refuse = (why: string): never => {
      throw refused(podKind, metadata.name, why);
    };
    const found = spec.priorityClassName ? await lookup(priorityClassKind, '', spec.priorityClassName) : undefined;
    if (spec.priorityClassName && !found) return refuse(`no PriorityClass with name ${spec.priorityClassName} was found`);
    const chosen = found ? parseStored<PriorityClass>(found) : defaultClass(objects);
    if (chosen) spec.priorityClassName = chosen.metadata.name;
    const { value: priority = 0, preemptionPolicy = PREEMPTS } = chosen ?? {};
    if (spec.priority !== undefined && spec.priority !== priority) refuse(computed('integer value of priority', spec.priority, priority));
    if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy)
      refuse(computed('string value of PreemptionPolicy', spec.preemptionPolicy, preemptionPolicy));
    spec.priority = priority;
    spec.preemptionPolicy = preemptionPolicy;
  },
});

const computed = (what: string, given: string | number, right: string | number): string =>
  `the ${what} (${given}) must not be provided in pod spec; priority admission controller computed ${right} from the given PriorityClass name`;

/** Of several, which only a race can leave, the lowest. */
const defaultClass = (objects: CachedObjects): PriorityClass | undefined =>
  objects
    .all(priorityClassKind)
    .filter(({ globalDefault }) => globalDefault)
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];

function checkDefault({ object }: AdmittedWrite, objects: CachedObjects): void {
  const { metadata, globalDefault } = object as PriorityClass; // the kind says so
  const other = globalDefault ? defaultClass(objects) : undefined;
  if (other && other.metadata.name !== metadata.name)
    throw refused(
      priorityClassKind,
      metadata.name,
      `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
    );
}
