// Started by check-clients: the same questions by way of the `openai` package, streamed and not.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import OpenAI from 'openai'

const client = new OpenAI({ baseURL: `${process.env.ADDRESS}/v1`, apiKey: 'check', maxRetries: 0 })
const picture = `data:image/png;base64,${fs.readFileSync(process.env.PICTURE).toString('base64')}`
const ask = (more = {}) => ({
  model: 'model',
  max_tokens: 24,
  temperature: 0,
  messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: picture } }, { type: 'text', text: 'Describe the picture.' }] }],
  ...more
})

const models = (await client.models.list()).data.map(model => model.id)
assert.deepEqual(models, ['model', 'encoder'])

const whole = await client.chat.completions.create(ask())
const words = whole.choices[0].message.content
assert.equal(whole.usage.total_tokens, whole.usage.prompt_tokens + whole.usage.completion_tokens)
console.log(`whole:     ${words}`)

let streamed = ''
let usage
for await (const chunk of await client.chat.completions.create(ask({ stream: true, stream_options: { include_usage: true } }))) {
  streamed += chunk.choices[0]?.delta?.content ?? ''
  usage = chunk.usage ?? usage
}
assert.equal(streamed, words)
assert.equal(usage.completion_tokens, whole.usage.completion_tokens)
console.log(`streamed:  the same, ${usage.completion_tokens} tokens`)

const runner = client.chat.completions.stream(ask({ n: 2, seed: 5, temperature: 1, logprobs: true, top_logprobs: 2 }))
const final = await runner.finalChatCompletion()
assert.equal(final.choices.length, 2)
assert.ok(final.choices[0].logprobs.content.every(token => token.top_logprobs.length === 2))
console.log('choices:   two, with logprobs')

const turns = [...ask().messages, { role: 'assistant', content: words }, { role: 'user', content: 'How many objects are there?' }]
assert.ok((await client.chat.completions.create(ask({ messages: turns }))).choices[0].message.content.length > 0)

const aborted = await client.chat.completions.create(ask({ stream: true, max_tokens: 200 }))
for await (const _ of aborted) break // leaves
console.log('left:      a stream in its midst')

const embeddings = await client.embeddings.create({ model: 'encoder', input: ['a dog', 'a castle'] }) // the package asks for base64
assert.equal(embeddings.data[0].embedding.length, 128)
console.log('embedded:  two texts')

await assert.rejects(client.chat.completions.create(ask({ temperature: 7 })), error => error instanceof OpenAI.BadRequestError && error.param === 'temperature')
await assert.rejects(client.chat.completions.create(ask({ model: 'none' })), error => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found')
const stranger = new OpenAI({ baseURL: `${process.env.ADDRESS}/v1`, apiKey: 'wrong', maxRetries: 0 })
await assert.rejects(stranger.models.list(), error => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key')
console.log('refused:   as the package expects')
