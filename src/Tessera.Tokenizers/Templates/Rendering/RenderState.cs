using System.Runtime.CompilerServices;
using Tessera.Tokenizers.Templates.Nodes;
using Tessera.Tokenizers.Templates.Values;

namespace Tessera.Tokenizers.Templates.Rendering;

/// <summary>
/// One rendering: the output, the current scope, what was used of the limits, and the node at work (for the position in errors). Not shared
/// between threads; the compiled template is.
/// </summary>
internal sealed partial class RenderState
{
    private readonly CancellationToken _cancellation;
    private long _work;
    private int _steps;
    private int _depth;

    public RenderState(CompiledTemplate template, ChatTemplateLimits limits, TimeProvider clock, Value[] variables, CancellationToken cancellation)
    {
        Template = template;
        Limits = limits;
        Clock = clock;
        _cancellation = cancellation;
        Scope = new Scope(variables);
        Root = Scope;
        Output = new TextBuffer(this);
        Position = template.Body;
    }

    public CompiledTemplate Template { get; }

    public ChatTemplateLimits Limits { get; }

    public TimeProvider Clock { get; }

    public Scope Root { get; }

    public Scope Scope { get; set; }

    /// <summary>Where printing goes: the text itself, or a captured block.</summary>
    public TextBuffer Output { get; private set; }

    /// <summary>Length of the output that surrounds the current capture, so that generation blocks inside macros know their place.</summary>
    public int OutputOffset { get; private set; }

    /// <summary>The node at work.</summary>
    public Node Position { get; set; }

    /// <summary>[start, end) of each generation block, in UTF-16 units of the output.</summary>
    public List<(int Start, int End)> GenerationRanges { get; } = [];

    /// <summary>How many random choices were made; a template's randomness is reproducible.</summary>
    public uint RandomChoices { get; set; }

    /// <summary>One loop iteration or call.</summary>
    public void Step()
    {
        if (++_steps > Limits.MaxSteps)
            throw new ResourceLimitException("steps of a chat template", _steps, Limits.MaxSteps, $"Stopped at {Where}.");
        Charge(16);
    }

    /// <summary>Counts characters looked at or copied.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Charge(long work)
    {
        _work += work;
        if (_work > _nextCheck)
            CheckWork();
    }

    public void ChargeElements(long count) => Charge(count * 64);

    public void RequireTextLength(long length)
    {
        if (length > Limits.MaxOutputLength)
            throw new ResourceLimitException("characters of text in a chat template", length, Limits.MaxOutputLength, $"Stopped at {Where}.");
    }

    /// <summary>A list of this many elements may be built: as many as a text has characters, divided by the size of an element.</summary>
    public void RequireElementCount(long count)
    {
        var allowed = Limits.MaxOutputLength / 16;
        if (count > allowed)
            throw new ResourceLimitException("list elements in a chat template", count, allowed, $"Stopped at {Where}.");
        ChargeElements(count);
    }

    /// <summary>Enters a macro, a caller or a recursive loop; <see cref="Leave"/> must follow.</summary>
    public void Enter()
    {
        Step();
        if (++_depth > Limits.MaxDepth)
            throw new ResourceLimitException("nested calls in a chat template", _depth, Limits.MaxDepth, $"Stopped at {Where}.");
        RequireStack();
    }

    public void Leave() => _depth--;

    /// <summary>Depth limits bound the nesting; this guards the thread's stack itself, whose size is the caller's choice.</summary>
    public void RequireStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new ResourceLimitException("nested calls in a chat template", _depth + 1, _depth, $"The thread's stack is used up at {Where}.");
    }

    public TextBuffer NewText() => new(this);

    /// <summary>Renders a body into a string value instead of the output.</summary>
    public Value Capture(StatementList body, Scope scope, out Flow flow)
    {
        var (output, offset, outer) = (Output, OutputOffset, Scope);
        Output = NewText();
        OutputOffset = offset + output.Length;
        Scope = scope;
        try
        {
            flow = body.Execute(this);
            return Output.ToValue();
        }
        finally
        {
            Output = output;
            OutputOffset = offset;
            Scope = outer;
        }
    }

    private string Where
    {
        get
        {
            var (line, column) = Template.Source.Locate(Position.Offset);
            return $"line {line}, column {column}";
        }
    }

    private long _nextCheck = 4096; // cancellation is looked at this often, in units of work

    private void CheckWork()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_work > Limits.MaxWork)
            throw new ResourceLimitException("units of work in a chat template", _work, Limits.MaxWork, $"Stopped at {Where}.");
        _nextCheck = Math.Min(_work + 4096, Limits.MaxWork);
    }
}
