import { Controller } from '@nestjs/common';
import { ResourceRoutes } from './resource-routes.js';

/** https://hl7.org/fhir/R4/patient.html: routes of its own, so that what is special to Patient has its place. Operations have none: they are declared (FhirModule.forFeature). */
@Controller('Patient')
export class PatientController extends ResourceRoutes {}
