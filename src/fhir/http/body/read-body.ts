import { Inject, Injectable } from '@nestjs/common';
import { asResource } from '../../interactions/parse-resource.js';
import { type SentBundle, WholeBundle } from '../../interactions/bundle/sent-bundle.js';
import { inputOf } from '../../operations/operation-input.js';
import type { OperationDeclaration } from '../../operations/operation.js';
import { FHIR_OPTIONS, type FhirOptions } from '../../fhir-options.js';
import { JsonMeter } from '../../../r4/json/json-meter.js';
import type { Json, JsonObject } from '../../../r4/json/json.js';
import { LargeDocuments } from '../../storage/indexing/large-documents.js';
import { readJson } from '../../../r4/json/read-json.js';
import { essence } from '../../../r4/rest/media-type.js';
import { keepLargeText } from '../../../r4/json/large-text.js';
import { rememberSent, wholeText } from '../../../r4/places/sent-text.js';
import type { TextForm } from '../../../r4/places/find-places.js';
import { readXml } from '../../../r4/xml/read-xml.js';
import { XmlMeter } from '../../../r4/xml/xml-meter.js';
import { BodyMemory } from './body-memory.js';
import type { FhirCall } from '../fhir-request.js';
import { formatOfType } from '../answer/formats.js';
import { LargeBundle } from './large-bundle.js';

const textForm = (contentType: string): TextForm => (formatOfType(contentType) === 'xml' ? 'xml' : 'json');

/** XML that is read in one go. */
const shortXml = 16_384;

/** Reads bodies, JSON or XML by their Content-Type; large ones in turns with other requests, or in a worker thread. */
@Injectable()
export class BodyReader {
  constructor(
    readonly memory: BodyMemory,
    private readonly documents: LargeDocuments,
    @Inject(FHIR_OPTIONS) readonly options: FhirOptions,
  ) {}

  /** As a resource of `type`; throws 400 with the place and the reason. */
  async resource(call: FhirCall, type: string): Promise<JsonObject> {
    const { body, large, contentType } = call;
    const text = large ? await large.take() : body;
    const resource = asResource(await this.text(text, contentType), type);
    if (large?.meter instanceof JsonMeter) keepLargeText(resource, text);
    rememberSent(resource, wholeText(text, textForm(contentType)));
    return resource;
  }

  /** Body posted to an operation: Parameters, or the resource that it takes alone. */
  async input(call: FhirCall, declaration: OperationDeclaration): Promise<JsonObject> {
    const make = declaration.bodies?.[essence(call.contentType)];
    if (make) return make(call.large ? await call.large.take() : call.body);
    const { text, document } = await this.document(call);
    const input = inputOf(declaration, document, call.interaction.type);
    rememberSent(input, wholeText(text, textForm(call.contentType)));
    return input;
  }

  /** A batch or transaction; of a large one the entries stay bytes until each is asked for. */
  async bundle(call: FhirCall): Promise<SentBundle> {
    const { large } = call;
    const { bundleEntries } = this.options;
    if (large?.meter instanceof JsonMeter && large.meter.list) {
      return LargeBundle.read(large, large.meter, this.options);
    }
    const { text, document } = await this.document(call);
    return new WholeBundle(asResource(document, 'Bundle'), bundleEntries, { text, form: textForm(call.contentType) });
  }

  /** JSON, whatever it is. */
  async json({ body, large }: FhirCall): Promise<Json> {
    return readJson(large ? await large.take() : body, this.options);
  }

  /** A FHIR document that came as text. */
  async text(text: string, contentType: string): Promise<Json> {
    return formatOfType(contentType) === 'xml' ? this.xml(text) : readJson(text, this.options);
  }

  private async document({ body, large, contentType }: FhirCall): Promise<{ text: string; document: Json }> {
    const text = large ? await large.take() : body;
    return { text, document: await this.text(text, contentType) };
  }

  private async xml(text: string): Promise<Json> {
    const { depthLimit, valuesLimit } = this.options;
    if (text.length <= shortXml) return readXml(text, depthLimit);
    new XmlMeter(valuesLimit).look(Buffer.from(text));
    const task = { text, depthLimit };
    const json = (await this.documents.run('readXml', task)) as string;
    return readJson(json, { depthLimit: Number.POSITIVE_INFINITY, valuesLimit });
  }
}
