import 'reflect-metadata';
import { Controller, Get, Module, UseFilters, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthModule, JwtAuthGuard } from 'lanyard-fhir/auth';
import { Context, RefusalFilter, type RequestContext, Requires, ScopeGuard, ScopeModule } from 'lanyard-fhir/scope';

/** Who may search Appointments by a SMART scope, such as `user/Appointment.rs`, may list them. */
@Controller('appointments')
@UseGuards(JwtAuthGuard, ScopeGuard)
@UseFilters(RefusalFilter)
class AppointmentController {
  @Get()
  @Requires({ permission: 's', type: 'Appointment' })
  list(@Context() { principal }: RequestContext) {
    return { appointmentsOf: principal.subject };
  }
}

const { ISSUER: issuer = 'https://idp.example', PORT: port = '4000' } = process.env;
const base = process.env['BASE'] ?? `http://localhost:${port}`;

@Module({
  imports: [
    AuthModule.forRoot({ resource: base, issuers: [{ issuer, userWithoutFhirUser: 'allow' }] }),
    ScopeModule.forRoot({
      fhirBase: base,
      docsUrl: `${base}/docs/access`,
      resourceMetadataUrl: `${base}/.well-known/oauth-protected-resource`,
    }),
  ],
  controllers: [AppointmentController],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
console.log(`Listening on ${await app.getUrl()}`);
