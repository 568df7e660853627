import type { ExtensionCommand } from 'lanyard-fhir/fhir';
import { Limits } from './limits.js';

/** `lanyard cardio limit p1 220` */
export const cardioCommand: ExtensionCommand = {
  name: 'cardio',
  description: 'limits of heart rates',
  build: (command, { print, withServer }) => {
    command
      .command('limit <patient> <rate>')
      .description('store no heart rate of a patient above this')
      .action(async (patient: string, rate: string) => {
        if (!/^\d{1,3}$/.test(rate)) throw new Error(`The rate is a number of beats per minute, not "${rate}".`);
        await withServer((server) => server.get(Limits).set(`Patient/${patient}`, Number(rate)));
        print(`Heart rates of Patient/${patient} above ${rate} are refused from now on.`);
      });
  },
};
