using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Generation;

/// <summary>
/// One answer in the making: enumerate it once to get its tokens as they are chosen. Nothing runs before the first step is asked for, and
/// nothing runs ahead of the reader. Ending the enumeration early leaves the session usable. The properties tell the state so far.
/// </summary>
public sealed class Generation : IAsyncEnumerable<TokenStep>
{
    private readonly Func<Generation, CancellationToken, IAsyncEnumerable<TokenStep>> _run;
    private readonly CancellationToken _cancellation;
    private readonly List<int> _history;
    private readonly StringBuilder _text = new();
    private long _started;
    private long _prefilled;
    private int _enumerated;

    internal Generation(
        ReadOnlySpan<int> prompt,
        GenerationOptions options,
        Func<Generation, CancellationToken, IAsyncEnumerable<TokenStep>> run,
        CancellationToken cancellation)
    {
        _history = [.. prompt];
        PromptTokens = prompt.Length;
        Options = options;
        Report = new GenerationReport(options.Strategy.Name);
        _run = run;
        _cancellation = cancellation;
    }

    /// <summary>The options that it runs under.</summary>
    public GenerationOptions Options { get; }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; }

    /// <summary>How many of them the session still held, so that they were not run again. Known from the first step on.</summary>
    public int CachedTokens { get; internal set; }

    /// <summary>Tokens generated so far, a stop token included.</summary>
    public int GeneratedTokens => _history.Count - PromptTokens;

    /// <summary>Prompt and generated tokens so far.</summary>
    public ReadOnlySpan<int> Tokens => CollectionsMarshal.AsSpan(_history);

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Why it ended; null before that. <see cref="StopReason.Cancelled"/> also where an exception ended it.</summary>
    public StopReason? Stop { get; internal set; }

    /// <summary>What it took so far: passes, rows, drafts.</summary>
    public GenerationReport Report { get; }

    /// <summary>Time from the first step's request until the prompt had been run.</summary>
    public TimeSpan PrefillTime { get; private set; }

    /// <summary>Time from then to the latest step, the reader's own time included.</summary>
    public TimeSpan DecodeTime { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">It has been enumerated before, or another generation of the session is still running.</exception>
    public IAsyncEnumerator<TokenStep> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _enumerated, 1) != 0)
            throw new InvalidOperationException("A generation can be enumerated once; ask the session for another one.");
        return cancellationToken.CanBeCanceled && _cancellation.CanBeCanceled && cancellationToken != _cancellation
            ? RunLinkedAsync(cancellationToken).GetAsyncEnumerator(CancellationToken.None)
            : _run(this, cancellationToken.CanBeCanceled ? cancellationToken : _cancellation).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="cancellation">Ends it early by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The whole text.</returns>
    public async Task<string> ToTextAsync(CancellationToken cancellation = default)
    {
        await foreach (var _ in this.WithCancellation(cancellation).ConfigureAwait(false))
        {
        }

        return Text;
    }

    internal List<int> History => _history;

    /// <summary>Told once, when the enumeration has ended in whatever way.</summary>
    internal Action<Generation>? Ended { get; set; }

    internal void Started() => _started = Stopwatch.GetTimestamp();

    internal void Prefilled()
    {
        PrefillTime = Stopwatch.GetElapsedTime(_started);
        _prefilled = Stopwatch.GetTimestamp();
    }

    internal void Stepped(string text)
    {
        _text.Append(text);
        DecodeTime = Stopwatch.GetElapsedTime(_prefilled);
    }

    private async IAsyncEnumerable<TokenStep> RunLinkedAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _cancellation);
        await foreach (var step in _run(this, linked.Token).ConfigureAwait(false))
            yield return step;
    }
}
