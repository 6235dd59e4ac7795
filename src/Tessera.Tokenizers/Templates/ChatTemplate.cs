using System.Collections.Concurrent;
using Tessera.Tokenizers.Templates.Rendering;
using Tessera.Tokenizers.Templates.Syntax;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates;

/// <summary>
/// A chat template in the Jinja of Hugging Face tokenizers: turns a conversation into the text that the model was trained on, byte for byte
/// as Jinja2 with the settings of the transformers library does. Parsed once and interpreted; knows nothing about tokens. Templates are
/// hostile input: values only, no reflection, and every step, text and nesting is bounded. Safe to share between threads.
/// </summary>
public sealed class ChatTemplate
{
    // A process sees a handful of templates; the bound is there for one that opens strangers' files all day.
    private const int MaxCached = 64;
    private static readonly ConcurrentDictionary<(string Text, ChatTemplateLimits Limits, bool AcceptsDo), ChatTemplate> s_cache = new();

    private readonly CompiledTemplate _template;
    private readonly ChatTemplateLimits _limits;
    private ChatTemplateCapabilities? _capabilities;

    private ChatTemplate(string text, ChatTemplateLimits limits, bool acceptsDo)
    {
        Text = text;
        _limits = limits;
        _template = TemplateParser.Parse(text, limits, acceptsDo);
    }

    /// <summary>The template as it was given.</summary>
    public string Text { get; }

    /// <summary>Whether the template marks what the assistant says, so that <see cref="RenderedChat.AssistantRanges"/> means something.</summary>
    public bool HasGenerationBlocks => _template.HasGenerationBlocks;

    /// <summary>What kinds of conversation the template can take, found out by rendering small ones; computed once.</summary>
    public ChatTemplateCapabilities Capabilities => _capabilities ??= ChatTemplateCapabilities.Probe(this);

    /// <summary>Whether the template mentions a variable, such as <c>enable_thinking</c> or <c>bos_token</c>.</summary>
    /// <param name="name">The variable's name.</param>
    public bool Mentions(string name) => Array.IndexOf(_template.Names, name) >= 0;

    /// <summary>Parses a template; the result is cached by its text.</summary>
    /// <param name="text">The template.</param>
    /// <param name="limits">Bounds on nesting, steps and text; null for <see cref="ChatTemplateLimits.Default"/>.</param>
    /// <param name="acceptsDo">Whether the statement <c>do</c> is known; the reference does not know it. Default false.</param>
    /// <exception cref="MalformedInputException">A syntax error, with line and column.</exception>
    /// <exception cref="UnsupportedFeatureException">include, import, extends, or a filter or test that does not exist here.</exception>
    /// <exception cref="ResourceLimitException">The template is too long or nests too deeply.</exception>
    public static ChatTemplate Parse(string text, ChatTemplateLimits? limits = null, bool acceptsDo = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        var key = (text, limits ?? ChatTemplateLimits.Default, acceptsDo);
        if (s_cache.TryGetValue(key, out var cached))
            return cached;
        var template = new ChatTemplate(text, key.Item2, acceptsDo);
        if (s_cache.Count >= MaxCached)
            s_cache.Clear();
        return s_cache.GetOrAdd(key, template);
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="input">The conversation and everything else that the template may ask for.</param>
    /// <param name="cancellation">Stops the rendering.</param>
    /// <exception cref="TemplateException">The template raised an error or failed on this conversation, or does not print the message to continue.</exception>
    /// <exception cref="ResourceLimitException">The rendering took too many steps, too much text or too deep a nesting.</exception>
    /// <exception cref="ArgumentException">The input contradicts itself.</exception>
    /// <exception cref="OperationCanceledException">The rendering was cancelled.</exception>
    public RenderedChat Render(ChatTemplateInput input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.ContinueFinalMessage && input.AddGenerationPrompt)
            throw new ArgumentException("ContinueFinalMessage and AddGenerationPrompt exclude each other.", nameof(input));
        var variables = new ConversationVariables(input);
        var messages = variables.Messages();
        if (input.Adapt || input.ContinueFinalMessage)
        {
            var state = new RenderState(_template, _limits, input.Clock, [], cancellation);
            if (input.Adapt)
                messages = ConversationAdapter.Adapt(state, messages, Capabilities);
            if (input.ContinueFinalMessage)
                messages = FinalMessage.Mark(state, messages);
        }

        return Render(input, variables.Fill(_template, messages), cancellation);
    }

    /// <summary>
    /// Renders a conversation and finds what the assistant says without generation blocks: each assistant message's part is what the text up
    /// to and with it has more than the text before it (with generation prompt). The template must render every prefix of the conversation,
    /// and a longer one must begin with the shorter.
    /// </summary>
    /// <param name="input">The conversation; its generation prompt is left out.</param>
    /// <param name="cancellation">Stops the rendering.</param>
    /// <exception cref="TemplateException">The template rewrites earlier turns, so that prefixes are no prefixes; or it failed.</exception>
    public RenderedChat RenderWithDerivedAssistantRanges(ChatTemplateInput input, CancellationToken cancellation = default) =>
        DerivedAssistantRanges.Render(this, input, cancellation);

    private RenderedChat Render(ChatTemplateInput input, Value[] variables, CancellationToken cancellation)
    {
        var state = new RenderState(_template, _limits, input.Clock, variables, cancellation);
        try
        {
            _template.Body.Execute(state);
        }
        catch (TemplateException error)
        {
            error.Locate(_template.Source.Locate(state.Position.Offset));
            throw;
        }

        var output = state.Output.Text;
        if (input.ContinueFinalMessage)
            output = output[..FinalMessage.FindEnd(output)];
        return new RenderedChat
        {
            Text = new string(output),
            AssistantRanges = ToRanges(output, state.GenerationRanges),
            ContentRanges = input.TrackContent ? ToRanges(output, state.Output.ContentRanges) : null,
        };
    }

    private static (int Start, int End)[] ToRanges(ReadOnlySpan<char> text, IReadOnlyList<(int Start, int End)> ranges)
    {
        if (ranges.Count == 0)
            return [];
        var length = text.Length; // a continued message ends before the text that the ranges were found in
        return CodePoints.ToCodePoints(
            text, [.. ranges.Where(range => range.Start < length || range.End <= length).Select(range => (range.Start, Math.Min(range.End, length)))]);
    }
}
