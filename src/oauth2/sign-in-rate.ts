import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { AddressThrottle } from '../auth/throttle/address-throttle.js';
import { Refused } from '../refusal/refusal.js';
import { OAUTH2_OPTIONS, type Oauth2Options } from './oauth2-options.js';

/** Number of requests that one request to this route counts as; 1 where it is left out. Judging a new password takes the event loop 50 ms. */
export const RateCost = Reflector.createDecorator<number>();

/**
 * Limits how often a network address asks for what is open to everybody: registration, authorization, sign-in pages. Failed logins are
 * counted beside it, by user and address, for all processes together.
 */
@Injectable()
export class SignInRate implements CanActivate {
  private readonly throttle: AddressThrottle;

  constructor(
    private readonly reflector: Reflector,
    @Inject(OAUTH2_OPTIONS) { signInRate }: Oauth2Options,
  ) {
    this.throttle = new AddressThrottle(signInRate);
  }

  /** Refused requests are not counted, so that a flood does not lengthen the wait of others at its address. */
  canActivate(context: ExecutionContext): boolean {
    const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const seconds = this.throttle.wait(ip);
    if (seconds !== undefined) throw tooMany(seconds);
    this.throttle.spend(ip, this.reflector.get(RateCost, context.getHandler()) ?? 1);
    return true;
  }
}

const tooMany = (seconds: number): Refused =>
  new Refused(
    [
      {
        code: 'address-rate-exceeded',
        fact: 'More requests came from this network address than this server takes on.',
        cure: `Wait ${seconds} s, then try again. If many people share this address, the operator of this server can allow more.`,
      },
    ],
    { retryAfterSeconds: seconds },
  );
