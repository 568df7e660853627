import { Controller, Delete, Get, HttpCode, Patch, Post, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires } from '../../scope/requires.decorator.js';
import { Call, type FhirCall } from './fhir-request.js';
import { ResourceHandlers } from './resource-handlers.js';

/** https://hl7.org/fhir/R4/patient.html: routes of their own, so that what is special to Patient has its place. */
@Controller('Patient')
export class PatientController {
  constructor(private readonly handlers: ResourceHandlers) {}

  @Get()
  @Requires({ permission: 's', type: 'Patient' })
  search(@Call('search-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post('_search')
  @HttpCode(200)
  @Requires({ permission: 's', type: 'Patient' })
  searchByForm(@Call('search-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post()
  @Requires({ permission: 'c', type: 'Patient' })
  create(@Call('create') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.create(call, reply);
  }

  @Put()
  @Requires({ permission: 'u', type: 'Patient' })
  conditionalUpdate(@Call('update') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.update(call, reply);
  }

  @Patch()
  @Requires({ permission: 'u', type: 'Patient' })
  conditionalPatch(@Call('patch') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.patch(call, reply);
  }

  @Delete()
  @Requires({ permission: 'd', type: 'Patient' })
  conditionalDelete(@Call('delete') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.delete(call, reply);
  }

  @Get('_history')
  @Requires({ permission: 's', type: 'Patient' })
  historyOfType(@Call('history-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.history(call, reply);
  }

  @Get(':id')
  @Requires({ permission: 'r', type: 'Patient' })
  read(@Call('read') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.read(call, reply);
  }

  @Put(':id')
  @Requires({ permission: 'u', type: 'Patient' })
  update(@Call('update') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.update(call, reply);
  }

  @Patch(':id')
  @Requires({ permission: 'u', type: 'Patient' })
  patch(@Call('patch') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.patch(call, reply);
  }

  @Delete(':id')
  @Requires({ permission: 'd', type: 'Patient' })
  delete(@Call('delete') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.delete(call, reply);
  }

  @Get(':id/_history')
  @Requires({ permission: 'r', type: 'Patient' })
  history(@Call('history-instance') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.history(call, reply);
  }

  @Get(':id/_history/:versionId')
  @Requires({ permission: 'r', type: 'Patient' })
  vread(@Call('vread') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.vread(call, reply);
  }
}
