namespace Collimate.Data.Conversations;

/// <summary>LLaVA's conversations whose system text stands inside the first question.</summary>
/// <remarks>LLaVA: <c>conv_llava_llama_2</c> and <c>conv_mistral_instruct</c>; both end an answer in a space and the end token.</remarks>
internal static class LlavaTemplates
{
    internal const string Llama2 = """
        {%- set system = 'You are a helpful language and vision assistant. You are able to understand the visual content that the user provides, and assist the user with a variety of tasks using natural language.' -%}
        {%- set turns = messages -%}
        {%- if messages[0].role == 'system' -%}
            {%- set system = messages[0].content -%}
            {%- set turns = messages[1:] -%}
        {%- endif -%}
        {%- for message in turns -%}
            {%- if message.role == 'user' -%}
                {{- bos_token + '[INST] ' -}}
                {%- if loop.first and system -%}
                    {{- '<<SYS>>\n' + system + '\n<</SYS>>\n\n' -}}
                {%- endif -%}
                {{- message.content + ' [/INST]' -}}
            {%- else -%}
                {{- ' ' + message.content + ' ' + eos_token -}}
            {%- endif -%}
        {%- endfor -%}
        """;

    internal const string Mistral = """
        {{- bos_token -}}
        {%- set turns = messages -%}
        {%- if messages[0].role == 'system' -%}
            {%- set system = messages[0].content -%}
            {%- set turns = messages[1:] -%}
        {%- endif -%}
        {%- for message in turns -%}
            {%- if message.role == 'user' -%}
                {{- '[INST] ' -}}
                {%- if loop.first and system -%}
                    {{- '<<SYS>>\n' + system + '\n<</SYS>>\n\n' -}}
                {%- endif -%}
                {{- message.content + ' [/INST]' -}}
            {%- else -%}
                {{- ' ' + message.content + ' ' + eos_token -}}
            {%- endif -%}
        {%- endfor -%}
        """;
}
