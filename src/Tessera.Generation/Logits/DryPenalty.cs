using System.Buffers;

namespace Tessera.Generation;

/// <summary>
/// "Don't Repeat Yourself" (p-e-w 2024, text-generation-webui pull request 5677, in llama.cpp's form): where the last n tokens have
/// occurred before, n at least the allowed length, the token that followed them then loses multiplier · base^(n − allowed) now, by the
/// longest such n. A match does not reach back over a breaker, and a breaker of one token is never penalised.
/// </summary>
public sealed class DryPenalty : LogitsStage
{
    private readonly double _multiplier;
    private readonly double _base;
    private readonly int _allowedLength;
    private readonly int _lastN;
    private readonly int[][] _breakers;
    private readonly int _largestExponent;

    /// <summary>Creates the stage.</summary>
    /// <param name="multiplier">Penalty of the shortest repetition that is penalised, at least 0; 0.8 is usual.</param>
    /// <param name="base">Growth of the penalty with each further token, at least 1. Default 1.75.</param>
    /// <param name="allowedLength">Repetitions shorter than this are free, at least 1. Default 2.</param>
    /// <param name="lastN">Length of the window in tokens, prompt included; −1 for all. Default 64.</param>
    /// <param name="breakers">Token sequences that end a match, such as a newline; none if null.</param>
    public DryPenalty(double multiplier, double @base = 1.75, int allowedLength = 2, int lastN = 64, IEnumerable<IReadOnlyList<int>>? breakers = null)
    {
        _multiplier = Require.NotNegative(multiplier, "DryMultiplier");
        _base = Require.InRange(@base, 1, float.MaxValue, "DryBase");
        _allowedLength = Require.AtLeast(allowedLength, 1, "DryAllowedLength");
        _lastN = Require.AtLeast(lastN, -1, "DryLastN");
        _breakers = [.. (breakers ?? []).Select(b => b.ToArray())];
        if (_breakers.Any(b => b.Length == 0))
            throw new ArgumentException("DryBreakers: a breaker has at least one token.", nameof(breakers));
        _largestExponent = _base > 1.000001 ? (int)(Math.Log(float.MaxValue) / Math.Log(_base)) : int.MaxValue;
    }

    /// <inheritdoc/>
    public override string Name => "dry";

    /// <inheritdoc/>
    public override void Apply(Candidates candidates, in StageContext context)
    {
        var history = context.History;
        var window = _lastN < 0 ? history : history[^Math.Min(_lastN, history.Length)..];
        var limit = LengthSinceBreaker(window);
        if (window.Length <= _allowedLength || limit < _allowedLength)
            return;

        var rented = ArrayPool<int>.Shared.Rent(window.Length);
        var suffixes = rented.AsSpan(0, window.Length);
        CommonSuffixes(window, suffixes);
        var longest = candidates.Counts([]); // by token; all zeros
        for (var end = 1; end < window.Length; end++)
        {
            var length = Math.Min(suffixes[end], limit);
            var next = window[end];
            if (length >= _allowedLength && (uint)next < (uint)longest.Length && length > longest[next])
                longest[next] = length;
        }

        foreach (var token in window)
        {
            if ((uint)token >= (uint)longest.Length || longest[token] == 0)
                continue;
            if (candidates.IndexOf(token) is var at and >= 0 && !IsBreaker(token))
            {
                var exponent = Math.Min(longest[token] - _allowedLength, _largestExponent);
                candidates.Set(at, candidates.Logits[at] - _multiplier * Math.Pow(_base, exponent));
            }

            longest[token] = 0;
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    private bool IsBreaker(int token)
    {
        foreach (var breaker in _breakers)
        {
            if (breaker.Length == 1 && breaker[0] == token)
                return true;
        }

        return false;
    }

    /// <summary>How many tokens follow the last breaker of the window; all of them where there is none.</summary>
    private int LengthSinceBreaker(ReadOnlySpan<int> window)
    {
        for (var start = window.Length - 1; start >= 0; start--)
        {
            var longest = 0;
            foreach (var breaker in _breakers)
            {
                if (breaker.Length > longest && window[start..].StartsWith(breaker))
                    longest = breaker.Length;
            }

            if (longest > 0)
                return window.Length - start - longest;
        }

        return window.Length;
    }

    /// <summary>
    /// For every end: how many tokens before it equal the last tokens of the window. The Z-algorithm on the reversed window, so that
    /// all lengths together take time in proportion to the window.
    /// </summary>
    private static void CommonSuffixes(ReadOnlySpan<int> window, Span<int> suffixes)
    {
        var length = window.Length;
        suffixes[0] = 0;
        var (left, right) = (0, 0); // the reversed window's stretch [left, right) equals its beginning
        for (var k = 1; k < length; k++)
        {
            var n = k < right ? Math.Min(right - k, suffixes[length - (k - left)]) : 0;
            while (k + n < length && window[length - 1 - n] == window[length - 1 - k - n])
                n++;
            if (k + n > right)
                (left, right) = (k, k + n);
            suffixes[length - k] = n;
        }
    }
}
