import { Controller } from '@nestjs/common';
import { ResourceRoutes } from './resource-routes.js';

/** Every type but Patient (https://hl7.org/fhir/R4/resourcelist.html). */
@Controller(':type')
export class ResourceController extends ResourceRoutes {}
