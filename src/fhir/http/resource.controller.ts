import { Controller, Delete, Get, HttpCode, Patch, Post, Put, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Requires } from '../../scope/requires.decorator.js';
import { Call, type FhirCall } from './fhir-request.js';
import { ResourceHandlers } from './resource-handlers.js';

/** Every type but Patient, by the same handlers (https://hl7.org/fhir/R4/resourcelist.html). */
@Controller(':type')
export class ResourceController {
  constructor(private readonly handlers: ResourceHandlers) {}

  @Get()
  @Requires({ permission: 's' })
  search(@Call('search-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post('_search')
  @HttpCode(200)
  @Requires({ permission: 's' })
  searchByForm(@Call('search-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.search(call, reply);
  }

  @Post()
  @Requires({ permission: 'c' })
  create(@Call('create') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.create(call, reply);
  }

  @Put()
  @Requires({ permission: 'u' })
  conditionalUpdate(@Call('update') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.update(call, reply);
  }

  @Patch()
  @Requires({ permission: 'u' })
  conditionalPatch(@Call('patch') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.patch(call, reply);
  }

  @Delete()
  @Requires({ permission: 'd' })
  conditionalDelete(@Call('delete') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.delete(call, reply);
  }

  @Get('_history')
  @Requires({ permission: 's' })
  historyOfType(@Call('history-type') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.history(call, reply);
  }

  @Get(':id')
  @Requires({ permission: 'r' })
  read(@Call('read') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.read(call, reply);
  }

  @Put(':id')
  @Requires({ permission: 'u' })
  update(@Call('update') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.update(call, reply);
  }

  @Patch(':id')
  @Requires({ permission: 'u' })
  patch(@Call('patch') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.patch(call, reply);
  }

  @Delete(':id')
  @Requires({ permission: 'd' })
  delete(@Call('delete') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.delete(call, reply);
  }

  @Get(':id/_history')
  @Requires({ permission: 'r' })
  history(@Call('history-instance') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.history(call, reply);
  }

  @Get(':id/_history/:versionId')
  @Requires({ permission: 'r' })
  vread(@Call('vread') call: FhirCall, @Res() reply: FastifyReply): Promise<void> {
    return this.handlers.vread(call, reply);
  }
}
