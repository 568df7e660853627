/** Patients that an account may see; implemented by the pages' directory. */
export abstract class PatientVisibility {
  abstract maySee(account: string, patientId: string): Promise<boolean>;
  /** True if the encounter is one of that patient's, and the account may see it. */
  abstract maySeeEncounter(account: string, patientId: string, encounterId: string): Promise<boolean>;
  /** Any patient that the account may see: its own record, if it is a patient's. */
  abstract anyPatient(account: string): Promise<string | undefined>;
}
