using System.Buffers;

namespace Tessera.Tokenizers;

/// <content>Decoding into the caller's memory.</content>
public sealed partial class Tokenizer
{
    /// <summary>Writes the text of ids, as far as it fits.</summary>
    /// <param name="ids">The ids; those that name no token are left out.</param>
    /// <param name="destination">Takes the text.</param>
    /// <param name="idsConsumed">How many ids the text written stands for; go on with those behind them.</param>
    /// <param name="charsWritten">How many UTF-16 units were written; no character is cut in two.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out. Default false.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.DestinationTooSmall"/> where there is more text than room.</returns>
    public OperationStatus Decode(ReadOnlySpan<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten, bool skipSpecialTokens = false)
    {
        (idsConsumed, charsWritten) = (0, 0);
        if (_parts.CleanUpSpaces)
        {
            // The clean-up looks across ids, so what it leaves of some of them is not what it leaves of all.
            var text = Decode(ids, skipSpecialTokens);
            if (!text.TryCopyTo(destination)) return OperationStatus.DestinationTooSmall;
            (idsConsumed, charsWritten) = (ids.Length, text.Length);
            return OperationStatus.Done;
        }

        var decoder = new StreamingDecoder(this, skipSpecialTokens, isLive: false);
        for (var i = 0; i <= ids.Length; i++)
        {
            var text = i < ids.Length ? decoder.Append(ids[i]) : decoder.Flush();
            if (text is null) continue;
            if (!text.TryCopyTo(destination[charsWritten..])) return OperationStatus.DestinationTooSmall;
            charsWritten += text.Length;
            idsConsumed = Math.Min(i + 1, ids.Length);
        }

        idsConsumed = ids.Length;
        return OperationStatus.Done;
    }
}
